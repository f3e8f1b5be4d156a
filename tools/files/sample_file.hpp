// The file of `--samples`: written trial by trial, so that an interrupted run leaves what it has.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "tools/files/growing_file.hpp"
#include "tools/session/session.hpp"

namespace ipcmark {

class SampleFile : public Observer {
 public:
  // Passes everything on to `next`, which it borrows. `stop` as in OutputFile::open(). The error is
  // one sentence.
  static tl::expected<SampleFile, std::string> open(const std::string& path, Observer& next,
                                                    const std::atomic<int>* stop);

  void started(const Plan& plan, std::size_t turns) override;
  void trial_begins(const RunSpec& spec, std::size_t turn, std::size_t turns) override {
    next_.trial_begins(spec, turn, turns);
  }
  void trial_ended(const RunSpec& spec, const Trial& trial, std::uint64_t took_ns) override;
  void message(const std::string& text) override { next_.message(text); }

  bool good() const { return good_; }  // false: something could not be written
  // "1200 trips, each noted in 1.5 ns; the pace of every worker about every 10 ms"; and what was
  // left out.
  std::string summary() const;

 private:
  SampleFile(GrowingFile file, Observer& next) : file_(std::move(file)), next_(next) {}
  GrowingFile file_;
  Observer& next_;
  std::uint64_t trips_ = 0, dropped_ = 0;
  std::uint64_t saturated_ = 0;  // trials
  bool good_ = true;
};

}  // namespace ipcmark
