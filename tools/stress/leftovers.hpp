// What a trial may have left behind: every object and process of this run's, by name. What another
// run of the same user has, makes or leaves meanwhile is none of it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "scenarios/cleanup/manifest.hpp"

namespace ipcmark {

// Hands out a manifest's names, and knows those whose object is still there.
class TrialNames final : public Names {
 public:
  explicit TrialNames(Names& names) : names_(names) {}
  Result<std::string> claim(ObjectKind kind) override;
  void released(const std::string& name) override;
  // "posix_shm ipcmark.a1b2.3", "sysv_queue 0x4950beef", "file /tmp/…/3": of names that were not
  // released, those with an object, and what was there when its name was released.
  std::set<std::string> still_there() const;

 private:
  struct Given {
    ObjectKind kind;
    std::string name;
  };
  Names& names_;
  std::vector<Given> open_;
  std::set<std::string> wrongly_released_;
};

// "posix_shm …", "posix_queue …" and "file …" of this run, "process 4711 (ipcmark)", "descriptor 17
// (pipe:[815])": objects whose name begins with the run's, files in its directory, children of this
// process and its open descriptors. Compare two surveys: what is only in the second is left over.
std::set<std::string> survey_objects(const Manifest& manifest);

}  // namespace ipcmark
