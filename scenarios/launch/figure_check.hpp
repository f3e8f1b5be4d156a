// Whether a trial has figures that nobody declared: who reads the result could not tell what such a
// figure means, nor which way is better.
#pragma once

#include <string>

#include "results/model/catalogue.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// The first of the trial's figures that the scenario does not declare, or that is recorded
// otherwise or in another unit than declared; empty: there is none.
std::string undeclared_figure(const Catalogue& catalogue, const std::string& scenario,
                              const Trial& trial);

}  // namespace ipcmark
