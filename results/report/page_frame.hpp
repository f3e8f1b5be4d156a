// What every page has around its sections: head, policy, style, scripts. A page is one file that
// asks the network for nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ipcmark {

// From "<!doctype" to the end of the head. The policy in it lets nothing run but the page's own
// scripts, which are named by their hashes.
std::string page_head(const std::string& title);
// Where the charts go; in its place, why there are none.
std::string page_charts();
// `data`: what the charts draw, as script_json() has it. `charts`: the specifications that go
// along, by name; empty: all.
std::string page_scripts(const std::string& data, std::span<const std::string_view> charts = {});
// JSON text as it may stand inside a <script>.
std::string script_json(std::string json);
// Four significant digits: more than any chart shows. 0 stays 0; what is no number is 0, too.
double chart_number(double value);

}  // namespace ipcmark
