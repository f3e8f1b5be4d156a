#include "backends/lock.hpp"

namespace ipcmark {

const char* to_string(OwnerDeath value) {
  switch (value) {
    case OwnerDeath::repairs:
      return "repairs";
    case OwnerDeath::refuses:
      return "refuses";
    case OwnerDeath::releases:
      return "releases";
    case OwnerDeath::hangs:
      return "hangs";
  }
  return "unknown";
}

}  // namespace ipcmark
