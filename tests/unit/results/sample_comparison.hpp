// Two made results with something of every verdict; the same every time.
#pragma once

#include "results/model/trial.hpp"

namespace ipcmark {

// A cell of `trials` trials around `value` (ns a trip, or messages a second), `spread` wide.
// `turn` shuffles their order, so that two samples are not the same one scaled.
Cell sample_latency(const char* backend, double value, double spread, unsigned turn,
                    unsigned trials = 20);
Cell sample_throughput(const char* backend, double value, double spread, unsigned turn,
                       unsigned trials = 20);

ResultDocument sample_base();
ResultDocument sample_candidate();

}  // namespace ipcmark
