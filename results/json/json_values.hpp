// The readers of what stands in several kinds of documents. For sources that include it only: it
// brings the whole JSON library.
#pragma once

#include "results/json/json_place.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

void read_spec(const Place& place, RunSpec& spec);
void read_trial(const Place& place, Trial& trial);
// "schema" and "version": false, and refused, when it is none of that schema, or of a higher major
// version than `major`. `what` stands in the sentence: "an ipcmark result".
bool read_head(const Place& place, const char* schema, int major, const char* what);

}  // namespace ipcmark
