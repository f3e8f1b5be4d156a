#include "tools/files/trace_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "results/model/trace.hpp"

namespace ipcmark {
namespace {

tl::expected<std::FILE*, std::string> open_one(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (file != nullptr) return file;
  return tl::make_unexpected(fmt::format(
      "cannot write the trace to '{}': {}; name a file in a directory that exists and is yours",
      path, std::strerror(errno)));
}

bool put(std::FILE* file, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), file) == text.size();
}

}  // namespace

tl::expected<TraceFiles, std::string> TraceFiles::open(const std::string& path, Observer& next) {
  auto chrome = open_one(path);
  if (!chrome) return tl::make_unexpected(chrome.error());
  auto log = open_one(path + ".log");
  if (!log) {
    std::fclose(*chrome);
    return tl::make_unexpected(log.error());
  }
  TraceFiles files(*chrome, *log, next);
  files.good_ = put(*chrome, "[\n");
  return files;
}

TraceFiles::TraceFiles(TraceFiles&& other) noexcept
    : chrome_(std::exchange(other.chrome_, nullptr)),
      log_(std::exchange(other.log_, nullptr)),
      next_(other.next_),
      good_(other.good_) {}

TraceFiles::~TraceFiles() { finish(); }

void TraceFiles::trial_ended(const RunSpec& spec, const Trial& trial, std::uint64_t took_ns) {
  if (!trial.trace.empty()) {
    good_ = put(chrome_, trace_to_chrome(spec, trial)) && good_;
    good_ = put(log_, trace_to_log(spec, trial)) && good_;
  }
  next_.trial_ended(spec, trial, took_ns);
}

bool TraceFiles::finish() {
  if (chrome_ == nullptr) return good_;
  // A last element of its own, because every other is followed by a comma.
  good_ = put(chrome_,
              R"({"name":"process_name","ph":"M","pid":0,"tid":0,"args":{"name":"end of trace"}}
]
)") && good_;
  good_ = std::fclose(std::exchange(chrome_, nullptr)) == 0 && good_;
  good_ = std::fclose(std::exchange(log_, nullptr)) == 0 && good_;
  return good_;
}

}  // namespace ipcmark
