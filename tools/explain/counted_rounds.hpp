// Which rounds of an explanation count, by what the machine's canaries say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

// By cell, the rounds of which `looks` trials passed, each of them while the machine was quiet and
// in the state that most of the cells' trials met (results/figures/machine_states.hpp). Pure.
std::vector<std::set<std::uint32_t>> counted_rounds(std::vector<Cell> cells, std::size_t looks);

}  // namespace ipcmark
