// All that the program knows of one backend, lock, notifier, scenario or suite, in Markdown.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// "block,spin"
std::string waits_text(const Capabilities& capabilities);
// "n:1 zero-copy": senders and receivers of small messages, and what is special.
std::string traits_text(const BackendEntry& backend, const Capabilities& one_to_one);

// Of everything that has that name (a lock and a notifier may share one); empty: nothing has.
std::string page_of(const Program& program, const std::string& name);

// For completion, and for the suggestion after a misspelt one.
std::vector<std::string> names_with_a_page(const Program& program);

}  // namespace ipcmark
