#include "results/model/burst.hpp"

#include <fmt/format.h>

#include "results/model/option_value.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {

tl::expected<Burst, std::string> parse_burst(std::string_view text) {
  constexpr std::int64_t shortest_ns = 1'000;
  constexpr std::int64_t longest_ns = 3'600'000'000'000;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return tl::make_unexpected(fmt::format(
        "'{}' has no gap; write MESSAGES:GAP, such as 32:1ms for 32 every millisecond", text));
  }
  const OptionRule counts{OptionKind::count, 1, std::int64_t{max_burst}};
  const auto messages = option_value(counts, text.substr(0, colon));
  if (!messages) return tl::make_unexpected("the messages of a burst: " + messages.error());
  const OptionRule times{OptionKind::time, shortest_ns, longest_ns};
  const auto gap = option_value(times, text.substr(colon + 1));
  if (!gap) return tl::make_unexpected("the gap of a burst: " + gap.error());
  return Burst{static_cast<std::uint64_t>(*messages), static_cast<std::uint64_t>(*gap)};
}

std::string burst_text(const Burst& burst) {
  return fmt::format("{}:{}", burst.messages, duration_text(burst.gap_ns));
}

}  // namespace ipcmark
