// Tidy CSV: one figure of one trial a row, columns as csv_columns() names them. Quoted as in RFC
// 4180; lines end as cut(1) and awk(1) expect, without a carriage return.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "results/model/trial.hpp"

namespace ipcmark {

struct Column {
  const char* name;
  const char* description;
};
std::span<const Column> csv_columns();

std::string result_to_csv(const ResultDocument& document);

// A text as a field, by RFC 4180: quoted when needed, quotes doubled. What a spreadsheet would take
// for a formula (it begins with = + - @ or a newline) has an apostrophe before it; control
// characters but the newline are shown as printable() shows them.
std::string csv_field(std::string_view words);
// The same as it is, for programs that ask for values: whatever it begins with.
std::string csv_text(std::string_view words);

}  // namespace ipcmark
