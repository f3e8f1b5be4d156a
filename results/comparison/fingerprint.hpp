// Whether two results are from machines and builds that may be compared at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results/model/environment.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// Of all facts those that tell machines and kinds of build apart: CPU model, topology, governor,
// turbo and mitigations, kernel release, clock source, every limit, build type and sanitizers.
Environment fingerprint(const Environment& environment);

// The fingerprint as 12 hexadecimal digits: equal where result_differences() finds nothing,
// whatever the cells. Limits that do nothing but refuse are left out. It is FNV-1a, 64 bits, of a
// line "group<TAB>name<TAB>value\n" for each fact in the order of their names, cut to its first 48
// bits.
std::string host_class(const Environment& environment);

// A fact in which two results differ.
struct Difference {
  std::string kind;  // group of facts: "cpu", "kernel", "clock", "build", "limits"
  std::string name;  // "governor", "mqueue.msg_max"
  std::string text;  // "kernel release: 6.1.0 and 6.18.44"
};
// The kinds of facts there are, in their order.
std::vector<std::string> difference_kinds();
// Those among the differences, each once.
std::vector<std::string> kinds_of(const std::vector<Difference>& differences);

// In what two results differ that can change their figures. Of limits only those that can touch a
// cell of theirs: a mechanism's own limits (catalogue.hpp) need a cell that uses it, or one of a
// runner's mechanism, of which no limits are known; and limits that do nothing but refuse have not
// refused what was measured.
std::vector<Difference> result_differences(const ResultDocument& base,
                                           const ResultDocument& candidate);

// The same of a result and the conditions under which something was taken to judge it by. Facts
// but limits that the conditions lack are no difference: whoever wrote them did not hold those.
std::vector<std::string> condition_differences(const Environment& conditions,
                                               const ResultDocument& result);

// One phrase for each fact of the fingerprint that differs ("kernel release: 6.1.0 and 6.18.44").
// A fact that neither side recorded is no difference; one that a single side recorded
// is. The builds' own revisions, versions and libraries are what is compared, not where.
std::vector<std::string> fingerprint_differences(const Environment& base,
                                                 const Environment& candidate);

}  // namespace ipcmark
