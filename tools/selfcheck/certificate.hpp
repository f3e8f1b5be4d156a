// What the instrument has proven about itself on this machine: the outcome of `ipcmark selfcheck`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/console/console.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// inconclusive: this machine, now, could not show it either way; the finding says why.
enum class CheckState : std::uint8_t { passed, failed, inconclusive };
const char* to_string(CheckState value);

struct CheckResult {
  std::string name;   // "delay"
  std::string claim;  // what is proven, as a sentence
  CheckState state = CheckState::inconclusive;
  std::string finding;          // the figures in words, and what is wrong
  std::vector<Metric> figures;  // the same for programs
  double took_s = 0;
  bool broken = false;  // its subject was broken on purpose: it is right to fail
};

struct Certificate {
  RunInfo run;
  Environment environment;
  std::vector<CheckResult> checks;
  unsigned count(CheckState state) const;
};

std::string certificate_to_console(const Certificate& certificate, const ConsoleStyle& style);
// {"schema":"ipcmark.certificate","version":…,"run":…,"machine":…,"checks":[…]}, pretty-printed;
// described by ipcmark.certificate.schema.json.
std::string certificate_to_json(const Certificate& certificate);

}  // namespace ipcmark
