// What travels between coordinator and workers, and the words of which cells are made.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "results/json/json.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/plan/plan.hpp"

using namespace ipcmark;

namespace {

void check_sentence(const std::string& error) {
  if (error.empty() || error.find('\n') != std::string::npos) std::abort();
}

void check_spec(const std::string& text) {
  const auto spec = spec_from_json(text);
  if (!spec) return check_sentence(spec.error());
  const std::string written = spec_to_json(*spec);
  const auto again = spec_from_json(written);
  if (!again || *again != *spec || written.find('\n') != std::string::npos) std::abort();
  (void)spec->key();
}

void check_trial(const std::string& text) {
  const auto trial = trial_from_json(text);
  if (!trial) return check_sentence(trial.error());
  const std::string written = trial_to_json(*trial);
  const auto again = trial_from_json(written);
  if (!again || trial_to_json(*again) != written || written.find('\n') != std::string::npos) {
    std::abort();
  }
}

void check_key(const std::string& text) {
  static const Program program{built_in_registry(), built_in_scenarios()};
  const auto cell = parse_key(program, text);
  if (!cell) return;
  const auto again = parse_key(program, cell->key());
  if (!again || again->key() != cell->key()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_spec(text);
  check_trial(text);
  check_key(text);
  if (const auto bytes = parse_size(text)) {
    if (parse_size(size_text(*bytes)) != bytes) std::abort();
  }
  (void)parse_duration(text);
  return 0;
}
