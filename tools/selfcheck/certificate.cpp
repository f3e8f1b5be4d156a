#include "tools/selfcheck/certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "results/console/table.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::ordered_json;

constexpr int certificate_major = 1;
constexpr int certificate_minor = 0;

TextStyle style_of(CheckState state) {
  switch (state) {
    case CheckState::passed:
      return TextStyle::good;
    case CheckState::failed:
      return TextStyle::bad;
    case CheckState::inconclusive:
      return TextStyle::bold;
  }
  return TextStyle::plain;
}

std::string check_section(const CheckResult& check, const ConsoleStyle& style) {
  constexpr std::size_t word = 13;  // "inconclusive" and a blank
  const char* state = check.state == CheckState::failed ? "FAILED" : to_string(check.state);
  const std::string head = fmt::format("{:<{}}{}{}", state, word, check.name,
                                       check.broken ? " (broken on purpose)" : "");
  std::string out = "\n" + styled(head, style_of(check.state), style) + "\n";
  const std::string indent(word, ' ');
  out += wrapped(check.claim, indent, style.width);
  return out + wrapped(check.finding, indent, style.width);
}

std::string conclusion(const Certificate& certificate) {
  const unsigned failed = certificate.count(CheckState::failed);
  const unsigned open = certificate.count(CheckState::inconclusive);
  if (failed > 0) {
    return fmt::format("{} of {} checks failed: do not trust this build on this machine.", failed,
                       certificate.checks.size());
  }
  if (open > 0) {
    return fmt::format("{} of {} checks passed, {} inconclusive.",
                       certificate.count(CheckState::passed), certificate.checks.size(), open);
  }
  return fmt::format("All {} checks passed.", certificate.checks.size());
}

Json figure_json(const Metric& figure) {
  return {{"name", figure.name},
          {"value", figure.value},
          {"unit", to_string(figure.unit)},
          {"samples", figure.samples}};
}

Json check_json(const CheckResult& check) {
  Json figures = Json::array();
  for (const Metric& figure : check.figures) figures.push_back(figure_json(figure));
  return {{"name", check.name},       {"state", to_string(check.state)}, {"claim", check.claim},
          {"finding", check.finding}, {"broken", check.broken},          {"seconds", check.took_s},
          {"figures", figures}};
}

}  // namespace

const char* to_string(CheckState value) {
  switch (value) {
    case CheckState::passed:
      return "passed";
    case CheckState::failed:
      return "failed";
    case CheckState::inconclusive:
      return "inconclusive";
  }
  return "inconclusive";
}

unsigned Certificate::count(CheckState state) const {
  return static_cast<unsigned>(
      std::count_if(checks.begin(), checks.end(),
                    [state](const CheckResult& check) { return check.state == state; }));
}

std::string certificate_to_console(const Certificate& certificate, const ConsoleStyle& style) {
  const Environment& machine = certificate.environment;
  double took = 0;
  for (const CheckResult& check : certificate.checks) took += check.took_s;
  const std::string title = fmt::format("ipcmark {}, checked against itself on {} in {:.0f} s",
                                        certificate.run.version, certificate.run.started, took);
  const std::string place =
      fmt::format("{}, {} CPUs, Linux {}", machine.get("cpu", "model"),
                  machine.get("cpu", "online"), machine.get("kernel", "release"));
  std::string out = styled(printable(title), TextStyle::bold, style) + "\n" +
                    styled(printable(place), TextStyle::dim, style) + "\n";
  for (const CheckResult& check : certificate.checks) out += check_section(check, style);
  const bool failed = certificate.count(CheckState::failed) > 0;
  return out + "\n" +
         styled(conclusion(certificate), failed ? TextStyle::bad : TextStyle::bold, style) + "\n";
}

std::string certificate_to_json(const Certificate& certificate) {
  Json checks = Json::array();
  for (const CheckResult& check : certificate.checks) checks.push_back(check_json(check));
  const Environment& machine = certificate.environment;
  const Json json = {{"schema", "ipcmark.certificate"},
                     {"version", {{"major", certificate_major}, {"minor", certificate_minor}}},
                     {"run",
                      {{"id", certificate.run.id},
                       {"version", certificate.run.version},
                       {"revision", machine.get("build", "revision")},
                       {"started", certificate.run.started},
                       {"finished", certificate.run.finished},
                       {"interrupted", certificate.run.interrupted}}},
                     {"machine",
                      {{"cpu", machine.get("cpu", "model")},
                       {"cpus", machine.get("cpu", "online")},
                       {"kernel", machine.get("kernel", "release")}}},
                     {"counts",
                      {{"passed", certificate.count(CheckState::passed)},
                       {"failed", certificate.count(CheckState::failed)},
                       {"inconclusive", certificate.count(CheckState::inconclusive)}}},
                     {"checks", checks}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ipcmark
