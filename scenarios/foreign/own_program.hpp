// Where the file of this program is.
#pragma once

#include <string>

namespace ipcmark {

// By what it is started again: its path. Where another file has taken its place since, or none, a
// link in /proc, which leads to what runs here as long as this process lives.
std::string own_program();
// The folder in which its file is, or was.
std::string own_folder();

}  // namespace ipcmark
