// What a user's own scenario shows to the main that pushes it into the table.
#pragma once

#include "scenarios/scenario.hpp"

ipcmark::ScenarioEntry sum_scenario();
