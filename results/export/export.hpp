// A stored result in the formats of other tools.
//
// What no format may do: turn a cell that did not pass, or a figure that was not published, into a
// number. Each writer leaves such a thing out, or marks it where its format has a mark.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "results/model/trial.hpp"

namespace ipcmark {

struct ExportInput {
  std::span<const ResultDocument> results;  // at least one
  std::string only;                         // key of the one cell to write; empty: all
};
// The whole file as text, ending with a newline; or one sentence why there is nothing to write.
using Exported = tl::expected<std::string, std::string>;

struct ExportFormat {
  const char* name;
  const char* summary;
  bool several;   // takes several results; the others take exactly one
  bool one_cell;  // heeds ExportInput::only
  Exported (*write)(const ExportInput& input);
};
std::span<const ExportFormat> export_formats();
const ExportFormat* export_format(std::string_view name);  // null: not in the table

}  // namespace ipcmark
