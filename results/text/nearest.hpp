// What a misspelt name was meant to be.
#pragma once

#include <string>
#include <vector>

namespace ipcmark {

// The nearest of `names` by edit distance (optimal string alignment: a swap of neighbours counts
// once) when near enough to be meant, else empty.
std::string nearest(const std::string& name, const std::vector<std::string>& names);

}  // namespace ipcmark
