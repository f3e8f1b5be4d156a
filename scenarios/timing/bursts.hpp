// When messages are due that come in bursts (--burst): all of a burst at once, and the bursts at
// fixed distances, whether or not the one before has been delivered. So what a burst does to those
// behind it is seen, and no message is left out because another was late.
#pragma once

#include <cstdint>

#include "backends/saturating.hpp"
#include "results/model/burst.hpp"
#include "results/model/spec.hpp"

namespace ipcmark {

class Bursts {
 public:
  explicit Bursts(const RunSpec& spec)
      : burst_(spec.burst.empty() ? Burst{} : parse_burst(spec.burst).value_or(Burst{})) {}

  bool on() const { return burst_.messages != 0; }
  std::uint64_t messages() const { return burst_.messages; }  // of each; 0: no bursts
  // When the message of that number is due, the first being 0, where the first burst is at
  // `begin_ns`.
  std::uint64_t due_ns(std::uint64_t begin_ns, std::uint64_t sequence) const {
    return begin_ns + sequence / burst_.messages * burst_.gap_ns;
  }
  bool is_last(std::uint64_t sequence) const {
    return sequence % burst_.messages == burst_.messages - 1;
  }
  // Messages a second, on the average.
  double rate() const {
    return static_cast<double>(burst_.messages) * 1e9 / static_cast<double>(burst_.gap_ns);
  }
  // How long that many take to become due.
  std::uint64_t time_of(std::uint64_t messages) const {
    return on() ? saturating_product(messages / burst_.messages + 1, burst_.gap_ns) : 0;
  }

 private:
  Burst burst_;
};

}  // namespace ipcmark
