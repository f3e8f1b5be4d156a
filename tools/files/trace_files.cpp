#include "tools/files/trace_files.hpp"

#include <utility>

#include "results/model/trace.hpp"

namespace ipcmark {

tl::expected<TraceFiles, std::string> TraceFiles::open(const std::string& path, Observer& next,
                                                       const std::atomic<int>* stop) {
  auto chrome = GrowingFile::open(path, stop);
  if (!chrome) return tl::make_unexpected(chrome.error());
  std::optional<GrowingFile> log;
  if (!chrome->is_stream()) {
    auto opened = GrowingFile::open(path + ".log", stop);
    if (!opened) return tl::make_unexpected(opened.error());
    log.emplace(std::move(*opened));
  }
  return TraceFiles{std::move(*chrome), std::move(log), next};
}

TraceFiles::~TraceFiles() { finish(); }

void TraceFiles::started(const Plan& plan, std::size_t turns) {
  good_ = chrome_->append("[\n") && good_;
  if (log_) good_ = log_->append("") && good_;
  next_.started(plan, turns);
}

void TraceFiles::trial_ended(const RunSpec& spec, const Trial& trial, std::uint64_t took_ns) {
  if (!trial.trace.empty()) {
    good_ = chrome_->append(trace_to_chrome(spec, trial)) && good_;
    if (log_) good_ = log_->append(trace_to_log(spec, trial)) && good_;
  }
  next_.trial_ended(spec, trial, took_ns);
}

bool TraceFiles::finish() {
  if (!chrome_ || !chrome_->begun()) return good_;
  // A last element of its own, because every other is followed by a comma.
  good_ = chrome_->append(
              R"({"name":"process_name","ph":"M","pid":0,"tid":0,"args":{"name":"end of trace"}}
]
)") && good_;
  chrome_.reset();
  log_.reset();
  return good_;
}

}  // namespace ipcmark
