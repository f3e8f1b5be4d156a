// Reading JSON that need not be ours: types are checked, and a mistake is a sentence that names its
// place. The text is read by simdjson; only the source of this header includes it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace ipcmark {

// A value in a parsed text, which must outlive it. Copied like a pointer.
class JsonNode {
 public:
  // Whole numbers are negative, or whole where they are not.
  enum class Kind : std::uint8_t { null, boolean, whole, negative, fraction, text, array, object };

  JsonNode() = default;  // null

  Kind kind() const;
  // Each of that kind alone.
  bool boolean() const;
  std::uint64_t whole() const;
  std::int64_t negative() const;
  double number() const;  // of every kind of number
  std::string_view text() const;

  // The member of that name: the last, where an object has several. Nothing: none, or no object.
  std::optional<JsonNode> member(std::string_view name) const;
  using Visit = std::function<void(JsonNode)>;
  using VisitMember = std::function<void(std::string_view, JsonNode)>;
  void elements(const Visit& visit) const;       // of an array, in order
  void members(const VisitMember& visit) const;  // of an object, in the order of their names

 private:
  // As the library keeps them, whose header is a megabyte.
  const void* document_ = nullptr;  // null: the value is
  std::size_t index_ = 0;
};

// The documents of ipcmark have ten levels at most.
inline constexpr std::size_t max_nesting = 64;

// A whole text, parsed: the one way from a text to its values.
class JsonText {
 public:
  // Copies what it needs of the text. The error is one sentence; it names line and column where the
  // text is not JSON at all.
  static tl::expected<JsonText, std::string> parse(std::string_view text);
  JsonText(JsonText&&) noexcept;
  JsonText& operator=(JsonText&&) noexcept;
  ~JsonText();

  JsonNode root() const;

 private:
  struct Parser;
  explicit JsonText(std::unique_ptr<Parser> parser);
  std::unique_ptr<Parser> parser_;
};

// One place in a document, known by its JSON pointer (RFC 6901). Reading goes on after a mistake
// (with default values), the first mistake is kept for all places of the document. A place holds on
// to the one it was taken from and to its name: both must outlive it.
class JsonCursor {
 public:
  JsonCursor(JsonNode root, std::string& mistake) : node_(root), mistake_(&mistake) {}

  void refuse(const std::string& why) const;

  bool expect_object() const {
    if (!is(Kind::object)) refuse("must be an object");
    return is(Kind::object);
  }
  bool is_null() const { return is(Kind::null); }
  bool is_string() const { return is(Kind::text); }
  bool is_boolean() const { return is(Kind::boolean); }
  bool is_array() const { return is(Kind::array); }
  bool has(std::string_view name) const { return node_.member(name).has_value(); }

  // The member of that name; when it is absent, a null place (readers leave their value alone).
  JsonCursor at(std::string_view name) const& {
    return {node_.member(name).value_or(JsonNode{}), *this, name, no_index};
  }
  JsonCursor require(std::string_view name) const& {
    JsonCursor member = at(name);
    if (member.is_null()) member.refuse("is missing");
    return member;
  }
  JsonCursor at(std::string_view name) const&& =
      delete;  // it would not outlive what is taken from it
  JsonCursor require(std::string_view name) const&& = delete;

  template <class Visit>  // visit(JsonCursor element)
  void each(Visit visit) const {
    if (is_null()) return;
    if (!is_array()) return refuse("must be an array");
    std::size_t i = 0;
    const auto element = [&](JsonNode node) { visit(JsonCursor{node, *this, {}, i++}); };
    node_.elements(std::cref(element));
  }
  template <class Visit>  // visit(const std::string& name, JsonCursor member)
  void members(Visit visit) const {
    if (is_null()) return;
    if (!is(Kind::object)) return refuse("must be an object");
    const auto member = [&](std::string_view name, JsonNode node) {
      visit(std::string(name), JsonCursor{node, *this, name, no_index});
    };
    node_.members(std::cref(member));
  }

  void read(std::string& value) const {
    if (is_null()) return;
    if (!is_string()) return refuse("must be a string");
    value = node_.text();
  }
  void read(bool& value) const {
    if (is_null()) return;
    if (!is_boolean()) return refuse("must be true or false");
    value = node_.boolean();
  }
  // JSON has no infinity or "not a number"; they are written, and read here, as null.
  void read(double& value) const {
    if (is_null()) return;
    const Kind kind = node_.kind();
    if (kind != Kind::whole && kind != Kind::negative && kind != Kind::fraction) {
      return refuse("must be a number");
    }
    value = node_.number();
  }
  template <std::integral Number>
  void read(Number& value) const {
    switch (node_.kind()) {
      case Kind::null:
        return;
      case Kind::whole:
        return take(node_.whole(), value);
      case Kind::negative:
        return take(node_.negative(), value);
      default:
        return refuse("must be a whole number");
    }
  }
  // One of a set of names, by the function that knows them.
  template <class Enum, class From>
  void read_name(Enum& value, From from) const {
    std::string text;
    read(text);
    if (!is_string()) return;
    const auto known = from(text);
    if (!known) return refuse("unknown value \"" + text + "\"");
    value = *known;
  }
  template <class Value>
  void read(std::map<std::string, Value>& values) const {
    members([&values](const std::string& name, const JsonCursor& member) {
      member.read(values[name]);
    });
  }
  template <class Value>
  void read(std::vector<Value>& values) const {
    each([&values](const JsonCursor& element) {
      Value value{};
      element.read(value);
      values.push_back(std::move(value));
    });
  }

 private:
  using Kind = JsonNode::Kind;
  static constexpr std::size_t no_index = ~std::size_t{0};

  JsonCursor(JsonNode node, const JsonCursor& parent, std::string_view name, std::size_t index)
      : node_(node), parent_(&parent), name_(name), index_(index), mistake_(parent.mistake_) {}

  bool is(Kind kind) const { return node_.kind() == kind; }
  template <class From, std::integral Number>
  void take(From number, Number& value) const {
    if (!std::in_range<Number>(number)) return refuse("is out of range");
    value = static_cast<Number>(number);
  }
  std::string pointer() const;

  JsonNode node_;
  const JsonCursor* parent_ = nullptr;  // null: the whole document
  std::string_view name_;               // in its object
  std::size_t index_ = no_index;        // in its array
  std::string* mistake_;
};

// read(JsonCursor, Value&) for the whole text. The error names the pointer, or line and column
// where the text is not JSON at all.
template <class Value, class Read>
tl::expected<Value, std::string> read_json(std::string_view text, Read read) {
  const auto json = JsonText::parse(text);
  if (!json) return tl::make_unexpected(json.error());
  Value value{};
  std::string mistake;
  const JsonCursor cursor(json->root(), mistake);
  read(cursor, value);
  if (!mistake.empty()) return tl::make_unexpected(std::move(mistake));
  return value;
}

}  // namespace ipcmark
