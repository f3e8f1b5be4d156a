#include "backends/error.hpp"

#include <cstring>

namespace ipcmark {
namespace {

const char* sentence(Errc code) {
  switch (code) {
    case Errc::timeout:
      return "the deadline passed";
    case Errc::would_block:
      return "would have to wait";
    case Errc::closed:
      return "every sender has closed";
    case Errc::peer_died:
      return "the other side died without closing";
    case Errc::too_large:
      return "the message is larger than the channel's largest message";
    case Errc::unsupported:
      return "not offered by this backend";
    case Errc::limit:
      return "a limit of this machine was met";
    case Errc::invalid:
      return "invalid argument";
    case Errc::corrupt:
      return "what was read cannot have been written by a correct peer";
    case Errc::interrupted:
      return "the run is being ended";
    case Errc::system:
      return "the system call failed";
    case Errc::refused:
      return "refused on this machine";
  }
  return "unknown error";
}

// Whether the operation is the whole sentence already, what to change included.
bool is_whole(Errc code, const std::string& operation) {
  if (code == Errc::refused) return operation.find("; ") != std::string::npos;
  return (code == Errc::limit || code == Errc::invalid) && operation.find(' ') != std::string::npos;
}

}  // namespace

const char* to_string(Errc code) {
  switch (code) {
    case Errc::timeout:
      return "timeout";
    case Errc::would_block:
      return "would_block";
    case Errc::closed:
      return "closed";
    case Errc::peer_died:
      return "peer_died";
    case Errc::too_large:
      return "too_large";
    case Errc::unsupported:
      return "unsupported";
    case Errc::limit:
      return "limit";
    case Errc::invalid:
      return "invalid";
    case Errc::corrupt:
      return "corrupt";
    case Errc::interrupted:
      return "interrupted";
    case Errc::system:
      return "system";
    case Errc::refused:
      return "refused";
  }
  return "unknown";
}

std::string explain(const Error& error) {
  std::string text = error.operation;
  const bool whole = is_whole(error.code, text);
  const char* described = nullptr;
  if (error.sys_errno != 0) {
    described = strerrordesc_np(error.sys_errno);  // unlike strerror(3), safe in any thread
    if (described == nullptr) described = "unknown error number";
  }
  if (whole) {
    if (described != nullptr) text.append(" (").append(described).append(")");
    return text;
  }
  if (!text.empty()) text.append(": ");
  text.append(described != nullptr ? described : sentence(error.code));
  if (error.code == Errc::refused && *way_out(error.sys_errno) != '\0') {
    text.append("; ").append(way_out(error.sys_errno));
  }
  return text;
}

}  // namespace ipcmark
