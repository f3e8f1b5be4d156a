// The instrument proves itself on the user's machine: six checks, each with a subject that can be
// broken on purpose, so that anybody can see that the check would have failed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/scenario.hpp"
#include "tools/selfcheck/certificate.hpp"

namespace ipcmark {

struct SelfcheckOptions {
  std::vector<std::string> only;    // names of checks; empty: all
  std::vector<std::string> broken;  // of these the subject is broken, and they must fail
  unsigned rounds = 24;             // of what is measured in pairs
  const std::atomic<int>* stop_signal = nullptr;
  // As of SessionOptions.
  std::uint64_t trial_timeout_ns = 0;
  std::function<void(const std::string& why)> voided;
};

struct SelfcheckRow {
  const char* name;
  const char* claim;
  const char* breakage;  // what --break does to its subject
};
const std::vector<SelfcheckRow>& selfchecks();

class SelfcheckObserver {
 public:
  virtual ~SelfcheckObserver() = default;
  virtual void check_begins(const SelfcheckRow&) {}
};

// Blocking, about a minute. The error is one sentence (the name of a check that there is not). A
// stop signal leaves the checks that are done in the certificate, marked interrupted.
tl::expected<Certificate, std::string> run_selfcheck(const Program& program,
                                                     const SelfcheckOptions& options,
                                                     Manifest& manifest,
                                                     SelfcheckObserver& observer);

}  // namespace ipcmark
