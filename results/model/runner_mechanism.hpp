// What a runner, a program of another language, says that it can measure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "results/model/capabilities.hpp"

namespace ipcmark {

struct RunnerMechanism {
  std::string name;  // the runner's own: "pipe"
  // Over which the scenarios run: as a backend, or as a lock.
  bool lock = false;
  bool exclusive = true;  // of a lock; false: a control that must lose updates
  std::string summary, note;
  std::vector<std::string> scenarios;  // all others are skipped without asking
  Capabilities capabilities;
  // Its processes wait for one that the runner did not start (a daemon): that all of them sleep
  // then proves no deadlock.
  bool waits_outside = false;
};

struct RunnerDescription {
  std::string version;                       // "CPython 3.11.7"
  std::map<std::string, std::string> facts;  // what else a result should say of it
  std::vector<RunnerMechanism> mechanisms;
};

}  // namespace ipcmark
