// The table of a run, for a person.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "results/model/trial.hpp"

namespace ipcmark {

struct ConsoleStyle {
  bool color = false;
  bool unicode = true;
  unsigned width = 100;  // columns
};

enum class TableOrder : std::uint8_t { best, name, cpu };  // cpu: least CPU time a message first

// What a person asked to see of the tables.
struct TableChoice {
  TableOrder order = TableOrder::best;
  std::string reference;  // key of the cell that others are compared to; empty: each table's best
  std::string baseline;   // name of the stored result behind `changes`; empty: none
  std::map<std::string, std::string> changes;  // by key (changes.hpp)
};

std::string result_to_console(const ResultDocument& document, const ConsoleStyle& style,
                              const TableChoice& choice = {});

}  // namespace ipcmark
