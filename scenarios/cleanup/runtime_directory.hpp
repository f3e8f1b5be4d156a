// Where the manifests and private directories of a user's runs lie.
//
// $IPCMARK_RUNTIME_DIR/ipcmark when that is set (and then nothing else), else
// $XDG_RUNTIME_DIR/ipcmark where that is usable (a tmpfs by its specification), else
// $TMPDIR/ipcmark-<uid> when that is set, and short enough for a socket's name, else
// /tmp/ipcmark-<uid>. The directory is ours, no symbolic link, and writable by nobody else, or it
// is refused; so is the directory that the user chose. Nobody's files but ipcmark's belong into it.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "backends/fd.hpp"

namespace ipcmark {

struct RuntimeDirectory {
  Fd fd;  // O_DIRECTORY; everything below is reached from it, so nobody can swap the path
  std::string path;
  // False: the directory itself that the user chose, where manifests of version 1 may lie among
  // whatever else is there.
  bool ours = true;
  std::string made_parent{};  // the chosen directory, when it was made along with ours
};

// Opens it, creating it when it is missing. `longest_below`: the bytes that the longest path below
// it takes, its slash included, which a socket's name must have room for. The error is a sentence
// that names the path and says what to change; nothing is left behind then.
tl::expected<RuntimeDirectory, std::string> open_runtime_directory(std::size_t longest_below);

// Every directory of the list above that exists and is ours: where `ipcmark clean` looks, since the
// dead run may have had another environment. `refused` gets a sentence when the chosen directory
// cannot be used, or any for want of descriptors.
std::vector<RuntimeDirectory> existing_runtime_directories(std::vector<std::string>& refused);

// Removes it, when it is ours and nothing is left in it.
void remove_if_empty(const RuntimeDirectory& directory);

}  // namespace ipcmark
