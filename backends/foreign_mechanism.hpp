// A mechanism that a program of another language, a runner, measures by itself: nothing of it is
// opened here.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "results/model/runner_mechanism.hpp"

namespace ipcmark {

struct Runner {
  std::string name;     // "python"; its mechanisms are called "python.pipe"
  std::string command;  // for /bin/sh, which puts what is asked behind it
  std::string version;  // what it says of itself
  std::map<std::string, std::string> facts;
};

struct ForeignMechanism {
  std::shared_ptr<const Runner> runner;
  std::string name;  // "python.pipe": what its row points to
  RunnerMechanism about;
};

}  // namespace ipcmark
