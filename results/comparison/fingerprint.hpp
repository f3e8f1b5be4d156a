// Whether two results are from machines and builds that may be compared at all.
#pragma once

#include <string>
#include <vector>

#include "results/model/environment.hpp"

namespace ipcmark {

// Of all facts those that tell machines and kinds of build apart: CPU model, topology, governor and
// mitigations, kernel release, every limit, build type and sanitizers.
Environment fingerprint(const Environment& environment);

// One phrase for each fact of the fingerprint that differs ("kernel release: 6.1.0 and 6.18.44").
// A fact that neither side recorded is no difference; one that a single side recorded
// is. The builds' own revisions, versions and libraries are what is compared, not where.
std::vector<std::string> fingerprint_differences(const Environment& base,
                                                 const Environment& candidate);

}  // namespace ipcmark
