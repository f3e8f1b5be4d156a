// The files of `--trace`: written trial by trial, so that an interrupted run leaves what it traced.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "tools/files/growing_file.hpp"
#include "tools/session/session.hpp"

namespace ipcmark {

class TraceFiles : public Observer {
 public:
  // Chrome trace-event JSON at `path`, the readable log at `path`.log, unless `path` is a stream.
  // Passes everything on to `next`, which it borrows. `stop` as in OutputFile::open(). The error is
  // one sentence.
  static tl::expected<TraceFiles, std::string> open(const std::string& path, Observer& next,
                                                    const std::atomic<int>* stop);
  TraceFiles(TraceFiles&& other) noexcept = default;
  TraceFiles& operator=(TraceFiles&&) = delete;
  TraceFiles(const TraceFiles&) = delete;
  TraceFiles& operator=(const TraceFiles&) = delete;
  ~TraceFiles() override;  // closes the array, if it was begun

  void started(const Plan& plan, std::size_t turns) override;
  void trial_begins(const RunSpec& spec, std::size_t turn, std::size_t turns) override {
    next_.trial_begins(spec, turn, turns);
  }
  void trial_ended(const RunSpec& spec, const Trial& trial, std::uint64_t took_ns) override;
  void message(const std::string& text) override { next_.message(text); }
  // Completes both files, if the run was begun. False: something could not be written.
  bool finish();

 private:
  TraceFiles(GrowingFile chrome, std::optional<GrowingFile> log, Observer& next)
      : chrome_(std::move(chrome)), log_(std::move(log)), next_(next) {}
  std::optional<GrowingFile> chrome_;
  std::optional<GrowingFile> log_;
  Observer& next_;
  bool good_ = true;
};

}  // namespace ipcmark
