// One description of a struct serves both directions: fields(with, value) names its members once;
// FieldWriter makes JSON of them, FieldReader takes them from a place of a document (what is absent
// keeps its value). For sources that include it only: it brings the whole JSON library.
//
//   template <class Fields, Described<Range> Value>
//   void fields(Fields& with, Value& range) {
//     with("low", range.low);
//     with.word("unit", range.unit, unit_from);  // an enum: its to_string(), and back
//   }
#pragma once

#include <concepts>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "results/json/json_cursor.hpp"
#include "results/json/json_text.hpp"

namespace ipcmark {

// A Struct, or a const one.
template <class Value, class Struct>
concept Described = std::same_as<std::remove_const_t<Value>, Struct>;

class FieldWriter {
 public:
  // Fills `json`, which becomes an object and must outlive this.
  explicit FieldWriter(Json& json) : json_(json) { json_ = Json::object(); }

  template <class Value>
  void operator()(const char* name, const Value& value) {
    write(json_[name], value);
  }
  template <class Value>
  void required(const char* name, const Value& value) {
    (*this)(name, value);
  }
  // What most documents have no use for (a list, a map, a text): absent where it is empty.
  template <class Value>
  void if_any(const char* name, const Value& values) {
    if (!values.empty()) (*this)(name, values);
  }
  template <class Enum, class From>
  void word(const char* name, const Enum& value, From) {
    json_[name] = to_string(value);
  }
  template <class Enum, class From>
  void required_word(const char* name, const Enum& value, From from) {
    word(name, value, from);
  }

  template <class Value>
  static void write(Json& json, const Value& value) {
    if constexpr (requires(FieldWriter & with) { fields(with, value); }) {
      FieldWriter with(json);
      fields(with, value);
    } else if constexpr (requires { write_value(json, value); }) {
      write_value(json, value);
    } else {
      json = value;
    }
  }
  template <class Value>
  static void write(Json& json, const std::vector<Value>& values) {
    json = Json::array();
    for (const Value& value : values) write(json.emplace_back(), value);
  }
  template <class Value>
  static void write(Json& json, const std::map<std::string, Value>& values) {
    json = Json::object();
    for (const auto& [name, value] : values) write(json[name], value);
  }

 private:
  Json& json_;
};

class FieldReader {
 public:
  explicit FieldReader(const JsonCursor& cursor) : cursor_(cursor) {}

  template <class Value>
  void operator()(const char* name, Value& value) {
    read(cursor_.at(name), value);
  }
  template <class Value>
  void required(const char* name, Value& value) {
    read(cursor_.require(name), value);
  }
  template <class Value>
  void if_any(const char* name, Value& value) {
    (*this)(name, value);
  }
  template <class Enum, class From>
  void word(const char* name, Enum& value, From from) {
    cursor_.at(name).read_name(value, from);
  }
  template <class Enum, class From>
  void required_word(const char* name, Enum& value, From from) {
    cursor_.require(name).read_name(value, from);
  }

  template <class Value>
  static void read(const JsonCursor& cursor, Value& value) {
    if constexpr (requires(FieldReader & with) { fields(with, value); }) {
      if (cursor.is_null()) return;
      FieldReader with(cursor);
      if (cursor.expect_object()) fields(with, value);
    } else if constexpr (requires { read_value(cursor, value); }) {
      read_value(cursor, value);
    } else {
      cursor.read(value);
    }
  }
  template <class Value>
  static void read(const JsonCursor& cursor, std::vector<Value>& values) {
    cursor.each([&values](const JsonCursor& element) {
      Value value{};
      read(element, value);
      values.push_back(std::move(value));
    });
  }
  template <class Value>
  static void read(const JsonCursor& cursor, std::map<std::string, Value>& values) {
    cursor.members([&values](const std::string& name, const JsonCursor& member) {
      read(member, values.try_emplace(name, empty<Value>()).first->second);
    });
  }

 private:
  // One that is only read needs no room to be recorded into (histogram.hpp).
  template <class Value>
  static Value empty() {
    if constexpr (requires { Value::compact(); }) {
      return Value::compact();
    } else {
      return {};
    }
  }

  const JsonCursor& cursor_;
};

// The object that `value` is written as.
template <class Value>
Json described(const Value& value) {
  Json json;
  FieldWriter::write(json, value);
  return json;
}

}  // namespace ipcmark
