// The machine a result was measured on: a plain, ordered list of facts in groups.
//
// Gathered by scenarios/machine/environment_probe.cpp; written, compared and shown here.
#pragma once

#include <map>
#include <string>

namespace ipcmark {

struct Environment {
  // group → name → value; groups: "cpu", "kernel", "limits", "load", "clock", "build", "libraries",
  // "runners".
  std::map<std::string, std::map<std::string, std::string>> facts;

  std::string get(const std::string& group, const std::string& name) const;
};

// How many CPUs the processes could run on; 0: not known.
unsigned cpus_of(const Environment& environment);

}  // namespace ipcmark
