// The manual page ipcmark(1), in man(7) macros.
#pragma once

#include <string>

#include "tools/options/command_table.hpp"

namespace ipcmark {

std::string man_page(const CommandTable& table);

}  // namespace ipcmark
