// Where the manifests and private directories of a user's runs lie.
//
// $IPCMARK_RUNTIME_DIR when set (and then nothing else), else $XDG_RUNTIME_DIR/ipcmark where that
// is usable (a tmpfs by its specification), else /tmp/ipcmark-<uid>. The directory is ours, no
// symbolic link, and writable by nobody else, or it is refused.
#pragma once

#include <string>
#include <vector>

#include "backends/error.hpp"
#include "backends/fd.hpp"

namespace ipcmark {

struct RuntimeDirectory {
  Fd fd;  // O_DIRECTORY; everything below is reached from it, so nobody can swap the path
  std::string path;
  // Made by us and not the user's own choice: goes away with its last entry.
  bool disposable = false;
};

// Opens it, creating it when it is missing. The error's operation is a sentence on what to change.
Result<RuntimeDirectory> open_runtime_directory();

// Every directory of the list above that exists and is ours: where `ipcmark clean` looks, since the
// dead run may have had another environment.
std::vector<RuntimeDirectory> existing_runtime_directories();

// Removes a disposable directory when nothing is left in it.
void remove_if_empty(const RuntimeDirectory& directory);

}  // namespace ipcmark
