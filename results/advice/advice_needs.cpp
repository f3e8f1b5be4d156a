// What a need is bound to.
#include <algorithm>
#include <array>

#include "results/advice/advice.hpp"
#include "results/console/view.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

const std::array<NamedNeed, 6>& needs_table() {
  static const std::array<NamedNeed, 6> table{{
      {{.name = "simple_two_way", .exchange = Exchange::two_way},
       "short messages to and fro between two processes"},
      {{.name = "multiple_producers", .exchange = Exchange::fan_in, .producers = 4},
       "several producers, one consumer"},
      {{.name = "broadcast_data", .exchange = Exchange::fan_out, .receivers = 4},
       "one sender, and every receiver gets all of it"},
      {{.name = "large_data", .exchange = Exchange::stream, .size = std::uint64_t{1} << 20U},
       "much data, one way, in messages of 1 MiB"},
      {{.name = "cross_system", .exchange = Exchange::two_way, .network = true},
       "short messages to and fro, also between machines"},
      {{.name = "simple_flags", .exchange = Exchange::signals},
       "telling another process that something happened"},
  }};
  return table;
}

}  // namespace

std::span<const NamedNeed> named_needs() { return needs_table(); }

const NamedNeed* named_need(std::string_view name) {
  for (const NamedNeed& row : needs_table()) {
    if (row.need.name == name) return &row;
  }
  return nullptr;
}

namespace {

// How much of what the scenario's option counts: producers, receivers, messages a second.
std::int64_t amount_of(const Need& need) {
  switch (need.exchange) {
    case Exchange::fan_in:
      return need.producers;
    case Exchange::fan_out:
      return need.receivers;
    case Exchange::offered:
      return need.rate;
    case Exchange::two_way:
    case Exchange::stream:
    case Exchange::signals:
      return 0;
  }
  return 0;
}

}  // namespace

Basis basis_of(const Need& need, const Catalogue& catalogue) {
  Basis basis;
  const ScenarioFacts* scenario = catalogue.answering(need.exchange);
  if (scenario == nullptr) return basis;
  const Answer& answer = *scenario->answer;
  const RunSpec plain;
  basis.scenario = scenario->name;
  for (const std::string name : {answer.at_default, answer.amount}) {
    if (name.empty()) continue;
    const std::int64_t default_value = scenario->option(plain, name).value_or(0);
    basis.options.push_back(
        {name, name == answer.amount ? amount_of(need) : default_value, default_value});
  }
  basis.size = answer.sized ? need.size : 0;
  basis.figure = answer.figure;
  basis.quantile = answer.quantile;
  basis.entry = catalogue.figure(scenario->name, answer.figure, Unit::nanoseconds);
  return basis;
}

std::string basis_text(const Need& need, const Catalogue& catalogue) {
  const Basis basis = basis_of(need, catalogue);
  std::string text = basis.scenario;
  if (need.exchange == Exchange::fan_in) text += " of " + std::to_string(need.producers);
  if (need.exchange == Exchange::fan_out) text += " to " + std::to_string(need.receivers);
  if (need.exchange == Exchange::offered) {
    text += " of " + scaled(static_cast<double>(need.rate), Unit::messages_per_second);
  }
  if (basis.size != 0) text += " at " + size_for_people(basis.size);
  if (need.network) text += " between machines";
  return text;
}

std::vector<std::string> network_mechanisms(const Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const MechanismFacts& each : catalogue.backends) {
    if (each.network) names.push_back(each.name);
  }
  return names;
}

}  // namespace ipcmark
