// Text inside HTML, which XML reads as well.
#pragma once

#include <string>
#include <string_view>

namespace ipcmark {

// As text and inside a quoted attribute.
std::string html(std::string_view text);

}  // namespace ipcmark
