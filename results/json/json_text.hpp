// JSON values as text. For sources that include it only: it brings the whole JSON library.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace ipcmark {

using Json = nlohmann::ordered_json;  // members keep the order they were given in

// Without spaces or line ends; bytes that are no UTF-8 are replaced.
std::string one_line(const Json& json);
// A value a line, indented by one; likewise.
std::string several_lines(const Json& json);

}  // namespace ipcmark
