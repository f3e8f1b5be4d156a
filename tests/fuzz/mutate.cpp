#include "tests/fuzz/mutate.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace ipcmark::fuzz {
namespace {

using Json = nlohmann::ordered_json;

// What readers of JSON and of option words trip over.
const std::vector<std::string>& tokens() {
  static const std::vector<std::string> all{"null",
                                            "true",
                                            "-1",
                                            "0",
                                            "18446744073709551616",
                                            "9223372036854775808",
                                            "1e308",
                                            "1e999",
                                            "[]",
                                            "{}",
                                            "\"\"",
                                            ",",
                                            "\"\\u0000\"",
                                            "\xff",
                                            "\n",
                                            "-0.0",
                                            "[[[[",
                                            "{\"a\":",
                                            "--",
                                            "=",
                                            "1e-320",
                                            "--help",
                                            "-",
                                            "64B",
                                            std::string(200'000, '['),
                                            "[[]" + std::string(100'000, ',')};
  return all;
}

// Numbers at the edges of what somebody may store them in.
Json edge(Random& random) {
  static const std::array<Json, 20> all{0,
                                        -1,
                                        1,
                                        255,
                                        std::int64_t{1} << 31U,
                                        std::int64_t{1} << 32U,
                                        (std::int64_t{1} << 53U) + 1,
                                        std::numeric_limits<std::int64_t>::min(),
                                        std::numeric_limits<std::int64_t>::max(),
                                        std::uint64_t{1} << 63U,
                                        std::numeric_limits<std::uint64_t>::max() - 7,
                                        std::numeric_limits<std::uint64_t>::max(),
                                        (std::uint64_t{64} << 20U) + 1,
                                        -0.0,
                                        0.5,
                                        5e-324,
                                        1e17,
                                        -1e308,
                                        std::numeric_limits<double>::max(),
                                        std::numeric_limits<double>::epsilon()};
  return all[random.below(all.size())];
}

// Words that mean something where they may be shown or stored.
std::string word(Random& random) {
  static const std::array<std::string, 22> all{"",
                                               "</script><script>document.title='ran'</script>",
                                               "\"'><img src=x onerror=alert(1)>",
                                               "=1+1",
                                               "@SUM(A1)",
                                               "a,\"b\"\n=c",
                                               "\x1b]0;t\x07\x1b[2J",
                                               "\n# EOF\n",
                                               "} 1\n# TYPE x counter\nx_total{",
                                               "\xef\xbf\xbf\xef\xbf\xbe\x01\x7f",
                                               "\xe2\x80\xae\xe2\x80\xa8",
                                               std::string("\0", 1),
                                               "p99.9",
                                               "|`*_[x](y)",
                                               "12345678901234567890123",
                                               "-5",
                                               "nan",
                                               "hybrid",
                                               "cross-socket",
                                               "../../x",
                                               std::string(5000, 'x'),
                                               "%s%n{}{:>999}"};
  return all[random.below(all.size())];
}

void collect(Json& json, std::vector<Json*>& places) {
  places.push_back(&json);
  if (!json.is_structured()) return;
  for (Json& part : json) collect(part, places);
}

Json other_value(const Json& value, Random& random) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_string()) return word(random);
  if (!value.is_number() || random.below(3) != 0) return edge(random);
  if (value.is_number_float()) return value.get<double>() * (random.below(2) == 0 ? -1 : 1.5);
  return value.get<std::uint64_t>() + random.below(3) - 1;
}

Json other_type(const Json& value, Random& random) {
  switch (random.below(7)) {
    case 0:
      return nullptr;
    case 1:
      return Json::array();
    case 2:
      return Json::object();
    case 3:
      return value.is_string() ? edge(random) : Json(value.dump());
    case 4:
      return Json::array({value});
    case 5:
      return Json{{"a", value}};
    default:
      return value.is_boolean() ? Json(1) : Json(true);
  }
}

// Renames, drops or adds a member; where there are none, the value changes.
void change_key(Json& json, Random& random) {
  if (!json.is_object() || json.empty()) {
    json = other_value(json, random);
    return;
  }
  Json changed = Json::object();
  const std::size_t at = random.below(json.size());
  const std::size_t how = random.below(4);
  std::size_t i = 0;
  for (const auto& [name, value] : json.items()) {
    if (i++ != at) {
      changed[name] = value;
    } else if (how == 0) {
      changed[word(random)] = value;
    } else if (how == 1) {
      changed[name + "_"] = value;
    } else if (how == 2) {
      changed[name] = value;
      changed[word(random)] = edge(random);
    }
  }
  json = std::move(changed);
}

Json nested(Json value, std::size_t levels) {
  for (std::size_t i = 0; i < levels; ++i) value = Json::array({std::move(value)});
  return value;
}

// Shorter, empty, or much longer.
void change_length(Json& json, Random& random) {
  const std::size_t times = 2 + random.below(300);
  if (json.is_string()) {
    std::string text = json.get<std::string>();
    if (random.below(2) == 0) {
      text.resize(text.size() / 2);
    } else {
      for (std::string once = text; text.size() < once.size() * times;) text += once;
    }
    // Cut in the middle of a character it would be no JSON.
    json = Json::parse(Json(std::move(text)).dump(-1, ' ', false, Json::error_handler_t::replace));
  } else if (json.is_array() && !json.empty()) {
    const std::size_t size = json.size();
    if (random.below(2) == 0) {
      json.erase(json.begin() + static_cast<std::ptrdiff_t>(random.below(size)), json.end());
    } else {
      const Json last = json.back();
      for (std::size_t i = 0; i < times; ++i) json.push_back(last);
    }
  } else {
    json = nested(json, random.below(200));
  }
}

// Something stands there twice, or in another's place.
void change_repetition(Json& json, const std::vector<Json*>& places, Random& random) {
  const Json copy = *places[random.below(places.size())];
  if (json.is_array() && !json.empty()) {
    const auto at = static_cast<std::ptrdiff_t>(random.below(json.size()));
    const Json twice = json[static_cast<std::size_t>(at)];
    json.insert(json.begin() + at, random.below(2) == 0 ? twice : copy);
  } else {
    json = copy;
  }
}

std::string changed_document(Json json, Random& random) {
  std::vector<Json*> places;
  collect(json, places);
  Json& place = *places[random.below(places.size())];
  switch (random.below(6)) {
    case 0:
    case 1:
      place = place.is_structured() ? other_type(place, random) : other_value(place, random);
      break;
    case 2:
      place = other_type(place, random);
      break;
    case 3:
      change_key(place, random);
      break;
    case 4:
      change_length(place, random);
      break;
    default:
      change_repetition(place, places, random);
  }
  return json.dump();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

std::string changed_bytes(std::string text, const std::vector<std::string>& corpus,
                          Random& random) {
  for (std::size_t changes = 1 + random.below(4); changes > 0; --changes) {
    const std::size_t at = random.below(text.size() + 1);
    const std::size_t length = std::min(text.size() - at, random.below(24));
    switch (random.below(5)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, tokens()[random.below(tokens().size())]);
        break;
      case 3:
        text.replace(at, length, tokens()[random.below(tokens().size())]);
        break;
      default: {
        const std::string& other = corpus[random.below(corpus.size())];
        const std::size_t from = random.below(other.size() + 1);
        text.insert(at, other.substr(from, random.below(64)));
      }
    }
  }
  return text;
}

std::optional<std::string> changed_json(const std::string& text, Random& random) {
  if (Json whole = Json::parse(text, nullptr, false); whole.is_structured()) {
    return changed_document(std::move(whole), random);
  }
  std::vector<std::string> lines = lines_of(text);
  if (lines.size() < 2) return std::nullopt;
  for (const std::string& line : lines) {
    if (!Json::accept(line)) return std::nullopt;
  }
  const std::size_t at = random.below(lines.size());
  if (random.below(8) == 0) {  // a line comes twice
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), lines[at]);
  } else {
    lines[at] = changed_document(Json::parse(lines[at]), random);
  }
  std::string changed;
  for (const std::string& line : lines) changed += line + "\n";
  return changed;
}

}  // namespace ipcmark::fuzz
