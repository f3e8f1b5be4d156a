// Names for one case: a private directory under /tmp, random SysV keys, and a record of what was
// handed out, so that the case can check that all of it is gone.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "backends/names.hpp"

namespace ipcmark::conformance {

class TestNames final : public Names {
 public:
  TestNames();
  ~TestNames() override;
  TestNames(const TestNames&) = delete;
  TestNames& operator=(const TestNames&) = delete;
  Result<std::string> claim(ObjectKind kind) override;
  void released(const std::string& name) override;
  // One line for each thing that is still there: a name not released, a file in the directory, an
  // object of a claimed name. Empty: nothing is left.
  std::vector<std::string> left_over() const;

 private:
  struct Claim {
    ObjectKind kind;
    std::string name;
  };
  std::string directory_;
  std::string run_id_;
  unsigned next_ = 0;
  std::vector<Claim> claims_;
  std::set<std::string> open_;
};

// What this process holds of the system: its descriptors, and the objects it created that others
// can see. Two censuses are compared before and after a case.
struct Census {
  std::vector<std::string> descriptors;  // "7 -> socket:[123]"
  std::vector<std::string> objects;      // entries of /dev/shm, /dev/mqueue, SysV rows of our pid
};
Census take_census();
// What `after` has and `before` has not.
std::vector<std::string> grown(const std::vector<std::string>& before,
                               const std::vector<std::string>& after);

}  // namespace ipcmark::conformance
