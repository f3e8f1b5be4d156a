#include "results/model/cell_key.hpp"

#include "results/text/quantities.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

std::string listed(const std::vector<int>& cpus) {
  std::string list;
  for (const int cpu : cpus) list.append(list.empty() ? "" : ",").append(std::to_string(cpu));
  return list;
}

}  // namespace

std::string RunSpec::key() const {
  const RunSpec plain;
  std::string text = scenario;
  const auto add = [&text](const std::string& part) { text.append("/").append(part); };
  if (!backend.empty()) add(backend);
  if (backend.empty() && !lock.empty()) add("lock=" + lock);
  if (backend.empty() && !notifier.empty()) add("notifier=" + notifier);
  add(size_text(size));
  add(to_string(wait));
  add(to_string(placement));
  if (!backend.empty() && !lock.empty()) add("lock=" + lock);
  if (!backend.empty() && !notifier.empty()) add("notifier=" + notifier);
  if (depth != plain.depth) add("depth=" + std::to_string(depth));
  if (batch != plain.batch) add("batch=" + std::to_string(batch));
  if (verify != plain.verify) add(std::string("verify=") + to_string(verify));
  if (touch != plain.touch) add(std::string("touch=") + to_string(touch));
  if (zero_copy) add("zero-copy");
  for (const auto& [name, value] : options) add(name + "=" + std::to_string(value));
  if (!cpus.empty()) add("cpus=" + listed(cpus));
  if (!fault.empty()) add("fault=" + fault);
  return text;
}

std::string setting_of(const RunSpec& spec) {
  std::string text = to_string(spec.placement);
  const auto add = [&text](const std::string& part) { text.append(", ").append(part); };
  if (spec.verify != Verify::off) add(std::string("verify=") + to_string(spec.verify));
  if (spec.touch != Touch::full) add(std::string("touch=") + to_string(spec.touch));
  for (const auto& [name, value] : spec.options) {
    if (name == "gap_ns") {
      add(scaled(static_cast<double>(value), Unit::nanoseconds) +
          " of silence before each message");
    } else {
      add(name + "=" + std::to_string(value));
    }
  }
  if (!spec.cpus.empty()) add("cpus=" + listed(spec.cpus));
  if (!spec.fault.empty()) add("fault=" + spec.fault);
  return text;
}

std::vector<std::string> split_at(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace ipcmark
