#include "results/model/size_mix.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "results/model/option_value.hpp"
#include "results/model/spec.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {

tl::expected<SizeShare, std::string> parse_share(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return tl::make_unexpected(fmt::format(
        "'{}' has no weight; write SIZE:WEIGHT for each size, such as 64:70,4KiB:25,1MiB:5", text));
  }
  const OptionRule sizes{OptionKind::size, 0, std::int64_t{largest_size}};
  const auto size = option_value(sizes, text.substr(0, colon));
  if (!size) return tl::make_unexpected(size.error());
  const OptionRule weights{OptionKind::count, 1, std::int64_t{max_weight}};
  const auto weight = option_value(weights, text.substr(colon + 1));
  if (!weight) {
    return tl::make_unexpected(
        fmt::format("the weight of {}: {}", text.substr(0, colon), weight.error()));
  }
  return SizeShare{static_cast<std::uint64_t>(*size), static_cast<std::uint64_t>(*weight)};
}

}  // namespace

tl::expected<SizeMix, std::string> parse_size_mix(std::string_view text) {
  SizeMix mix;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    more = comma != std::string_view::npos;
    auto share = parse_share(text.substr(0, comma));
    if (!share) return tl::make_unexpected(std::move(share.error()));
    if (mix.size() == max_mixed_sizes) {
      return tl::make_unexpected(
          fmt::format("a mix has at most {} sizes; leave some out", max_mixed_sizes));
    }
    mix.push_back(*share);
    if (more) text.remove_prefix(comma + 1);
  }
  std::sort(mix.begin(), mix.end(),
            [](const SizeShare& a, const SizeShare& b) { return a.size < b.size; });
  const auto twice =
      std::adjacent_find(mix.begin(), mix.end(),
                         [](const SizeShare& a, const SizeShare& b) { return a.size == b.size; });
  if (twice != mix.end()) {
    return tl::make_unexpected(
        fmt::format("{} is in the mix twice; give it one weight", size_text(twice->size)));
  }
  if (mix.size() < 2) {
    return tl::make_unexpected(fmt::format(
        "a mix has two sizes or more; for {} alone there is --size", size_text(mix.front().size)));
  }
  return mix;
}

std::string size_mix_text(const SizeMix& mix) {
  std::string text;
  for (const SizeShare& share : mix) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", size_text(share.size), share.weight);
  }
  return text;
}

}  // namespace ipcmark
