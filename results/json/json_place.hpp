// Reading JSON that need not be ours: types are checked, and a mistake is a sentence that names its
// place. For sources that include it only: it brings the whole JSON library.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace ipcmark {

// One place in a document, known by its JSON pointer (RFC 6901). Reading goes on after a mistake
// (with default values), the first mistake is kept for all places of the document.
class Place {
 public:
  Place(const nlohmann::json& json, std::string pointer, std::string& mistake)
      : json_(&json), pointer_(std::move(pointer)), mistake_(&mistake) {}

  void refuse(const std::string& why) const;

  bool expect_object() const {
    if (!json_->is_object()) refuse("must be an object");
    return json_->is_object();
  }
  bool is_null() const { return json_->is_null(); }
  bool is_string() const { return json_->is_string(); }
  bool is_boolean() const { return json_->is_boolean(); }
  bool is_array() const { return json_->is_array(); }
  bool has(const char* name) const { return json_->is_object() && json_->contains(name); }

  // The member of that name; when it is absent, a null place (readers leave their value alone).
  Place at(const std::string& name) const {
    static const nlohmann::json nothing;
    const auto found = json_->is_object() ? json_->find(name) : json_->end();
    const bool present = json_->is_object() && found != json_->end();
    return {present ? *found : nothing, pointer_ + "/" + escaped(name), *mistake_};
  }
  Place require(const std::string& name) const {
    Place member = at(name);
    if (member.json_->is_null()) member.refuse("is missing");
    return member;
  }

  template <class Visit>  // visit(Place element)
  void each(Visit visit) const {
    if (json_->is_null()) return;
    if (!json_->is_array()) return refuse("must be an array");
    std::size_t i = 0;
    for (const nlohmann::json& element : *json_) {
      visit(Place{element, pointer_ + "/" + std::to_string(i++), *mistake_});
    }
  }
  template <class Visit>  // visit(const std::string& name, Place member)
  void members(Visit visit) const {
    if (json_->is_null()) return;
    if (!json_->is_object()) return refuse("must be an object");
    for (const auto& item : json_->items()) {
      visit(item.key(), Place{item.value(), pointer_ + "/" + escaped(item.key()), *mistake_});
    }
  }

  void read(std::string& value) const {
    if (json_->is_null()) return;
    if (!json_->is_string()) return refuse("must be a string");
    value = json_->get_ref<const std::string&>();
  }
  void read(bool& value) const {
    if (json_->is_null()) return;
    if (!json_->is_boolean()) return refuse("must be true or false");
    value = json_->get<bool>();
  }
  // JSON has no infinity or "not a number"; they are written, and read here, as null.
  void read(double& value) const {
    if (json_->is_null()) return;
    if (!json_->is_number()) return refuse("must be a number");
    value = json_->get<double>();
  }
  template <std::integral Number>
  void read(Number& value) const {
    if (json_->is_null()) return;
    if (!json_->is_number_integer()) return refuse("must be a whole number");
    const bool fits = json_->is_number_unsigned()
                          ? std::in_range<Number>(json_->get<std::uint64_t>())
                          : std::in_range<Number>(json_->get<std::int64_t>());
    if (!fits) return refuse("is out of range");
    value = json_->get<Number>();
  }
  // One of a set of names, by the function that knows them.
  template <class Enum, class From>
  void read_name(Enum& value, From from) const {
    std::string text;
    read(text);
    if (json_->is_null() || !json_->is_string()) return;
    const auto known = from(text);
    if (!known) return refuse("unknown value \"" + text + "\"");
    value = *known;
  }
  template <class Value>
  void read(std::map<std::string, Value>& values) const {
    members([&values](const std::string& name, const Place& member) { member.read(values[name]); });
  }
  template <class Value>
  void read(std::vector<Value>& values) const {
    each([&values](const Place& element) {
      Value value{};
      element.read(value);
      values.push_back(value);
    });
  }

 private:
  static std::string escaped(const std::string& name);

  const nlohmann::json* json_;
  std::string pointer_;
  std::string* mistake_;
};

// The documents of ipcmark have ten levels at most.
inline constexpr std::size_t max_nesting = 64;

// The one way from text to a tree. The error is one sentence; it names line and column where the
// text is not JSON at all.
tl::expected<nlohmann::json, std::string> parse_json(std::string_view text);

// read(Place, Value&) for the whole text. The error names the pointer, or line and column where the
// text is not JSON at all.
template <class Value, class Read>
tl::expected<Value, std::string> read_json(std::string_view text, Read read) {
  const auto json = parse_json(text);
  if (!json) return tl::make_unexpected(json.error());
  Value value{};
  std::string mistake;
  read(Place{*json, "", mistake}, value);
  if (!mistake.empty()) return tl::make_unexpected(std::move(mistake));
  return value;
}

}  // namespace ipcmark
