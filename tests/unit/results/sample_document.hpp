// A made result with something of everything: several mechanisms, waits and sizes, a skip, a
// failure, machine states, an unsteady trial. The same every time: golden files are written from
// it.
#pragma once

#include "results/model/trial.hpp"

namespace ipcmark {

ResultDocument sample_document();

}  // namespace ipcmark
