#include "tools/gather/kept_text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "tools/files/new_file.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t buffered = std::size_t{1} << 20U;

}  // namespace

tl::expected<KeptText, int> KeptText::make(const std::string& directory) {
  Fd unnamed(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (unnamed) return KeptText(std::move(unnamed));
  // Refused for what it asks, not for the place: an old kernel or file system.
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
    return tl::make_unexpected(errno);
  }
  std::string name = directory + "/.ipcmark-XXXXXX";
  Fd named(::mkostemp(name.data(), O_CLOEXEC));
  if (!named || ::unlink(name.c_str()) != 0) return tl::make_unexpected(errno);
  return KeptText(std::move(named));
}

KeptText::Part KeptText::keep(std::string_view text) {
  const Part part{written_ + buffer_.size(), text.size()};
  buffer_ += text;
  if (buffer_.size() >= buffered) flush();
  return part;
}

void KeptText::flush() {
  if (error_ == 0) error_ = write_all(file_.get(), buffer_);
  written_ += buffer_.size();
  buffer_.clear();
}

tl::expected<std::string, int> KeptText::read(Part part) {
  if (!buffer_.empty()) flush();
  if (error_ != 0) return tl::make_unexpected(error_);
  std::string text(part.size, '\0');
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t got = ::pread(file_.get(), text.data() + done, text.size() - done,
                                static_cast<off_t>(part.begin + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return tl::make_unexpected(got == 0 ? EIO : errno);
    done += static_cast<std::size_t>(got);
  }
  return text;
}

}  // namespace ipcmark
