// The files of `--trace`: written trial by trial, so that an interrupted run leaves what it traced.
#pragma once

#include <cstdio>
#include <string>
#include <tl/expected.hpp>

#include "tools/session/session.hpp"

namespace ipcmark {

class TraceFiles : public Observer {
 public:
  // Chrome trace-event JSON at `path`, the readable log at `path`.log. Passes everything on to
  // `next`, which it borrows. The error is one sentence.
  static tl::expected<TraceFiles, std::string> open(const std::string& path, Observer& next);
  TraceFiles(TraceFiles&& other) noexcept;
  TraceFiles& operator=(TraceFiles&&) = delete;
  TraceFiles(const TraceFiles&) = delete;
  TraceFiles& operator=(const TraceFiles&) = delete;
  ~TraceFiles() override;  // closes the array

  void started(const Plan& plan, std::size_t turns) override { next_.started(plan, turns); }
  void trial_begins(const RunSpec& spec, std::size_t turn, std::size_t turns) override {
    next_.trial_begins(spec, turn, turns);
  }
  void trial_ended(const RunSpec& spec, const Trial& trial, std::uint64_t took_ns) override;
  void message(const std::string& text) override { next_.message(text); }
  // Completes both files. False: something could not be written.
  bool finish();

 private:
  TraceFiles(std::FILE* chrome, std::FILE* log, Observer& next)
      : chrome_(chrome), log_(log), next_(next) {}
  std::FILE* chrome_;
  std::FILE* log_;
  Observer& next_;
  bool good_ = true;
};

}  // namespace ipcmark
