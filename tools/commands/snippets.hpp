// Short programs to start with, one for each mechanism: the files of tools/snippets, which the
// tests compile and run.
#pragma once

#include <vector>

namespace ipcmark {

struct Snippet {
  const char* mechanism;  // "pipe", "notify_eventfd"
  const char* text;       // a whole program
};
const std::vector<Snippet>& snippets();

}  // namespace ipcmark
