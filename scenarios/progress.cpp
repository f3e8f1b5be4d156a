#include "scenarios/progress.hpp"

namespace ipcmark {

const char* to_string(Stage value) {
  switch (value) {
    case Stage::open:
      return "open";
    case Stage::warm_up:
      return "warm-up";
    case Stage::run:
      return "run";
    case Stage::drain:
      return "drain";
    case Stage::report:
      return "report";
  }
  return "unknown";
}

const char* to_string(Operation value) {
  switch (value) {
    case Operation::none:
      return "no operation";
    case Operation::send:
      return "send";
    case Operation::receive:
      return "receive";
    case Operation::lock:
      return "lock";
    case Operation::wait_set:
      return "wait set";
    case Operation::barrier:
      return "barrier";
    case Operation::close:
      return "close";
    case Operation::wait:
      return "wait";
    case Operation::shared_word:
      return "wait for a shared word";
  }
  return "unknown";
}

}  // namespace ipcmark
