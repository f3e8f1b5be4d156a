// What builds of different age tell each other, and what runs differ by: all read from outside.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "results/comparison/variation.hpp"
#include "results/json/peer_protocol.hpp"
#include "results/json/trial_protocol.hpp"

using namespace ipcmark;

namespace {

void check_sentence(const std::string& error) {
  if (error.empty() || error.find('\n') != std::string::npos) std::abort();
}

void check_question(const std::string& text) {
  const auto question = read_trial_question(text);
  if (!question) return check_sentence(question.error());
  const auto again = read_trial_question(trial_question(*question));
  if (!again || again->spec != question->spec ||
      again->trial_timeout_ns != question->trial_timeout_ns) {
    std::abort();
  }
}

void check_answer(const std::string& text) {
  const auto answer = read_trial_answer(text);
  if (!answer) return check_sentence(answer.error());
  const std::string written = trial_answer(*answer);
  const auto again = read_trial_answer(written);
  if (!again || trial_answer(*again) != written) std::abort();
}

void check_variation(const std::string& text) {
  const auto variation = variation_from_json(text);
  if (!variation) return check_sentence(variation.error());
  const std::string written = variation_to_json(*variation);
  const auto again = variation_from_json(written);
  if (!again || variation_to_json(*again) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_question(text);
  check_answer(text);
  check_variation(text);
  if (const auto peer = read_peer_question(text); !peer) check_sentence(peer.error());
  return 0;
}
