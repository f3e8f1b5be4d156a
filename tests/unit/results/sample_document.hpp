// A made result with something of everything: several mechanisms, waits and sizes, a skip, a
// failure, machine states, an unsteady trial. The same every time: golden files are written from
// it.
#pragma once

#include "results/model/trial.hpp"

namespace ipcmark {

ResultDocument sample_document();

// Gives the cell twenty trials like its first, in every other of which each time and each metric is
// half as large again.
void put_in_two_groups(Cell& cell);
// The sample with two such cells, the best of their tables, without mmap_file: shm_ring's round
// trips by spin, 310 ns and 465 ns, and its rate of 64 B, 41.4 M/s and 62.1 M/s.
ResultDocument sample_in_two_groups();

}  // namespace ipcmark
