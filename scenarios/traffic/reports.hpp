// What most scenarios do with the reports of their workers when they reduce them to a trial. Pure.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// "3 messages lost, 1 corrupted"; empty when clean.
std::string describe(const Integrity& integrity);
// Adds the reports' integrity to the trial and fails it when that is not clean, steady likewise.
void gather(const std::vector<WorkerReport>& reports, Trial& trial);
// The report of that role; the reports of a finished trial have it.
const WorkerReport& report_of(const std::vector<WorkerReport>& reports, const char* role);
// Of the report's tallies, 0 when absent.
std::int64_t count_of(const WorkerReport& report, const char* name);
// Makes those of the report's tallies that it has, and are named here, counts of the trial.
void publish(const WorkerReport& report, std::initializer_list<const char*> names, Trial& trial);

// For ScenarioEntry::contradiction: empty when the trial has that count, else what is wrong with
// it.
std::string wrong_count(const Trial& trial, const char* name, std::int64_t due);

// Fails the trial with this reason, unless another came first.
void reject(Trial& trial, const std::string& reason);

}  // namespace ipcmark
