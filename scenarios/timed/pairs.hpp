// Several pairs of workers at once that have nothing to do with each other but the machine.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace ipcmark {

inline constexpr std::int64_t max_pairs = 125;  // two processes each

OptionRow pairs_option();
unsigned pairs_of(const RunSpec& spec);

// Of the calling worker, from 0.
unsigned pair_of(const WorkerContext& context);

// Makes the layout of one pair that of all; the workers of a pair follow each other. Each pair has
// channels and shared memory of its own. Refuses what are too many.
void repeat_for_pairs(const RunSpec& spec, Layout& layout);

// The part of the shared memory, of that many bytes, that is the calling worker's pair's.
std::byte* shared_of_pair(WorkerContext& context, std::size_t bytes);

// Counts of the trial: the sums of those tallies over all workers of that role which have them.
void publish_sums(const std::vector<WorkerReport>& reports, const std::string& role,
                  std::initializer_list<const char*> names, Trial& trial);

// The metrics of all workers of that role: of those with one name the mean, by how many
// measurements are behind each. A metric that the trial has already stays as it is.
void add_means(const std::vector<WorkerReport>& reports, const std::string& role, Trial& trial);

// The metric `fairness`, where there are several pairs: of their own rates, each over its own time.
// Their workers of that role have the tally `amount`, and note an interval.
void add_fairness(const std::vector<WorkerReport>& reports, const std::string& role,
                  const char* amount, Trial& trial);

}  // namespace ipcmark
