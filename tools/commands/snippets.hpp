// Short programs to start with: the files of tools/snippets, which the tests compile and run. Which
// is whose says the mechanism's entry.
#pragma once

#include <vector>

namespace ipcmark {

struct Snippet {
  const char* name;  // of the file: "pipe", "notify/eventfd"
  const char* text;  // a whole program
};
const std::vector<Snippet>& snippets();

}  // namespace ipcmark
