#include "results/text/help_text.hpp"

namespace ipcmark {

std::string short_help(std::string_view help) {
  return std::string(help.substr(0, help.find('\n')));
}

std::string help_detail(std::string_view help) {
  const auto end = help.find('\n');
  return end == std::string_view::npos ? std::string() : std::string(help.substr(end + 1));
}

std::string whole_help(std::string_view help) {
  const std::string detail = help_detail(help);
  return detail.empty() ? short_help(help) : short_help(help) + ". " + detail;
}

}  // namespace ipcmark
