// Explanations as a document: results/explain/ipcmark.explanation.schema.json.
#pragma once

#include <string>
#include <vector>

#include "results/explain/explanation.hpp"

namespace ipcmark {

std::string to_json(const std::vector<Explanation>& explanations);

}  // namespace ipcmark
