#include "results/json/json_cursor.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <vector>

#include "results/json/json_text.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

namespace dom = simdjson::dom;

std::string line_and_column(std::string_view text, std::size_t byte) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i + 1 < byte && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// How deep arrays and objects lie in each other. What lies in a string does not count.
std::size_t nesting_of(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

// Keeps nothing of a text but where it stops being JSON.
struct Mistake : nlohmann::json_sax<nlohmann::json> {
  std::size_t byte = 0;  // 0: there is none

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*elements*/) override { return true; }
  bool key(string_t& /*value*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*elements*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string& /*last*/,
                   const nlohmann::json::exception& error) override {
    constexpr int out_of_range = 406;  // a number
    if (error.id != out_of_range) byte = position;
    return false;
  }
};

// What is wrong with a text that simdjson refused: it is fast, and does not say where it stopped.
std::string what_is_wrong(std::string_view text, simdjson::error_code code) {
  if (code == simdjson::MEMALLOC || code == simdjson::CAPACITY) {
    return "not enough memory to read it";
  }
  if (nesting_of(text) > max_nesting) {
    return "not usable JSON: nested deeper than " + std::to_string(max_nesting) + " levels";
  }
  Mistake mistake;
  nlohmann::json::sax_parse(text, &mistake);
  if (mistake.byte > 0) return "not JSON: " + line_and_column(text, mistake.byte);
  if (code == simdjson::NUMBER_ERROR) {
    return "not usable JSON: a number is too large to be read";
  }
  return std::string("not usable JSON: ") + simdjson::error_message(code);
}

static_assert(sizeof(JsonNode) == sizeof(dom::element));

dom::element element_of(const JsonNode& node) { return std::bit_cast<dom::element>(node); }
JsonNode node_of(const dom::element& element) { return std::bit_cast<JsonNode>(element); }

}  // namespace

JsonNode::Kind JsonNode::kind() const {
  if (document_ == nullptr) return Kind::null;
  const dom::element element = element_of(*this);
  switch (element.type()) {
    case dom::element_type::ARRAY:
      return Kind::array;
    case dom::element_type::OBJECT:
      return Kind::object;
    case dom::element_type::INT64:
      return element.get_int64().value_unsafe() < 0 ? Kind::negative : Kind::whole;
    case dom::element_type::UINT64:
      return Kind::whole;
    case dom::element_type::DOUBLE:
      return Kind::fraction;
    case dom::element_type::STRING:
      return Kind::text;
    case dom::element_type::BOOL:
      return Kind::boolean;
    case dom::element_type::NULL_VALUE:
      return Kind::null;
  }
  return Kind::null;
}

bool JsonNode::boolean() const { return element_of(*this).get_bool().value_unsafe(); }
std::uint64_t JsonNode::whole() const { return element_of(*this).get_uint64().value_unsafe(); }
std::int64_t JsonNode::negative() const { return element_of(*this).get_int64().value_unsafe(); }
double JsonNode::number() const { return element_of(*this).get_double().value_unsafe(); }
std::string_view JsonNode::text() const { return element_of(*this).get_string().value_unsafe(); }

std::optional<JsonNode> JsonNode::member(std::string_view name) const {
  if (kind() != Kind::object) return std::nullopt;
  std::optional<JsonNode> last;
  const dom::object object = element_of(*this).get_object().value_unsafe();
  for (auto each = object.begin(); each != object.end(); ++each) {
    if (each.key_equals(name)) last = node_of(each.value());
  }
  return last;
}

void JsonNode::elements(const Visit& visit) const {
  const dom::array array = element_of(*this).get_array().value_unsafe();
  for (const dom::element each : array) visit(node_of(each));
}

void JsonNode::members(const VisitMember& visit) const {
  std::vector<std::pair<std::string_view, JsonNode>> all;
  const dom::object object = element_of(*this).get_object().value_unsafe();
  for (const auto& [name, value] : object) {
    all.emplace_back(name, node_of(value));
  }
  const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(all.begin(), all.end(), before);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool last = i + 1 == all.size() || all[i + 1].first != all[i].first;
    if (last) visit(all[i].first, all[i].second);
  }
}

struct JsonText::Parser {
  dom::parser parser;
  dom::element root;
};

JsonText::JsonText(std::unique_ptr<Parser> parser) : parser_(std::move(parser)) {}
JsonText::JsonText(JsonText&&) noexcept = default;
JsonText& JsonText::operator=(JsonText&&) noexcept = default;
JsonText::~JsonText() = default;

tl::expected<JsonText, std::string> JsonText::parse(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  const bool marked = text.starts_with(byte_order_mark);
  const std::string_view json = marked ? text.substr(byte_order_mark.size()) : text;
  auto parser = std::make_unique<Parser>();
  // The library refuses what is as deep as that.
  auto error = parser->parser.allocate(std::max<std::size_t>(json.size(), 1), max_nesting + 1);
  if (error == simdjson::SUCCESS) {
    error = parser->parser.parse(json.data(), json.size()).get(parser->root);
  }
  if (error != simdjson::SUCCESS) return tl::make_unexpected(what_is_wrong(text, error));
  return JsonText(std::move(parser));
}

JsonNode JsonText::root() const { return node_of(parser_->root); }

void JsonCursor::refuse(const std::string& why) const {
  if (!mistake_->empty()) return;
  const std::string where = pointer();
  const std::string sentence = (where.empty() ? "/" : where) + ": " + why;
  // Names and values of the document are in it, whatever they hold.
  constexpr std::size_t longest = 1000;
  *mistake_ = printable(sentence.substr(0, longest)) + (sentence.size() > longest ? "..." : "");
}

std::string JsonCursor::pointer() const {
  if (parent_ == nullptr) return {};
  std::string text = parent_->pointer() + "/";
  if (index_ != no_index) return text + std::to_string(index_);
  for (const char c : name_) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

}  // namespace ipcmark
