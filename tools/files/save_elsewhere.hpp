// What was measured and found no room where it was meant to go.
#pragma once

#include <string>
#include <string_view>

namespace ipcmark {

// Writes a new file, for its owner alone, in the first of these that takes all of it: $TMPDIR,
// /tmp, /var/tmp, the home directory, the current one. `name` ends its name: what it was to be
// called. Returns its path; empty: none of them took it.
std::string save_elsewhere(std::string_view content, const std::string& name);

}  // namespace ipcmark
