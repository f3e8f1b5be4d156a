// Text inside HTML, which XML reads as well.
#pragma once

#include <string>
#include <string_view>

namespace ipcmark {

// As text and inside a quoted attribute. What XML 1.0 cannot write at all is shown as printable()
// shows it.
std::string html(std::string_view text);

}  // namespace ipcmark
