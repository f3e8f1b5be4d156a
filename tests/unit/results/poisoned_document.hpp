// The made result with the same words in every string that a document has.
#pragma once

#include <string>

#include "results/model/trial.hpp"

namespace ipcmark {

enum class Poison {
  values,  // what decides which table a cell is in (scenarios, names of figures) stays as it is
  all
};
// `words` before each string (an empty one stays empty), names and keys included.
ResultDocument poisoned_document(const std::string& words, Poison where);

}  // namespace ipcmark
