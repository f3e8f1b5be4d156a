#include "results/model/cell_key.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "results/model/cell_options.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

// A cell without a backend has its lock, or its notifier, in the backend's place.
bool stands_for_backend(const CellOption& option, const RunSpec& spec) {
  const std::string_view name = option.name;
  return spec.backend.empty() && (name == "lock" || name == "notifier");
}

void add_mechanism(const RunSpec& spec, std::string& text) {
  for (const CellOption& option : cell_options()) {
    if (stands_for_backend(option, spec) && !is_default(option, spec)) {
      text += "/" + named_text(option, spec);
    }
  }
}

void add_named(InKey kind, const RunSpec& spec, std::string& text) {
  for (const CellOption& option : cell_options()) {
    if (option.in_key != kind || is_default(option, spec)) continue;
    if (!stands_for_backend(option, spec)) text += "/" + named_text(option, spec);
  }
}

bool fits(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

}  // namespace

bool matches(const std::string& pattern, const std::string& key) {
  if (fits(pattern, key) || fits(pattern + "/*", key)) return true;
  const std::vector<std::string> parts = split_at(key, '/');
  return std::any_of(parts.begin(), parts.end(),
                     [&pattern](const std::string& part) { return fits(pattern, part); });
}

std::string RunSpec::key() const {
  std::string text;
  for (const CellOption& option : cell_options()) {
    if (option.in_key != InKey::value) continue;
    const bool several_sizes = !size_mix.empty() || !replay.empty();
    if (several_sizes && std::string_view(option.name) == "size") continue;
    const bool backend = std::string_view(option.name) == "backend";
    if (backend) add_mechanism(*this, text);
    const std::string part = cell_text(option, *this);
    if (!part.empty()) text.append(text.empty() ? "" : "/").append(part);
  }
  add_named(InKey::named, *this, text);
  for (const auto& [name, value] : own_options()) text += "/" + name + "=" + std::to_string(value);
  add_named(InKey::last, *this, text);
  return text;
}

std::string setting_of(const RunSpec& spec) {
  std::string text = to_string(spec.placement);
  const auto add = [&text](const std::string& part) { text.append(", ").append(part); };
  const auto add_shared = [&](InKey kind) {
    for (const CellOption& option : cell_options()) {
      if (option.shown != Shown::table || option.in_key != kind || is_default(option, spec))
        continue;
      add(named_text(option, spec));
    }
  };
  add_shared(InKey::named);
  for (const auto& [name, value] : spec.own_options()) {
    if (name == "gap_ns") {
      add(scaled(static_cast<double>(value), Unit::nanoseconds) +
          " of silence before each message");
    } else {
      add(name + "=" + std::to_string(value));
    }
  }
  add_shared(InKey::last);
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
