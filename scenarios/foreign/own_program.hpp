// Where the file of this program is.
#pragma once

#include <string>

namespace ipcmark {

// Its path; where that cannot be told, the link in /proc.
std::string own_program();

}  // namespace ipcmark
