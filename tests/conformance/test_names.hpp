// Names for one case: a directory of its own for files, random SysV keys, and a record of what was
// handed out, so that the case can check that all of it is gone. What others make or leave
// meanwhile is not looked at.
#pragma once

#include <map>
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
  // One line for each thing that is still there: a name not released, one that was released before
  // its object was gone, a file in the directory, an object whose name begins with the case's own.
  // Empty: nothing is left.
  std::vector<std::string> left_over() const;

 private:
  std::string directory_;
  std::string run_id_;
  unsigned next_ = 0;
  std::map<std::string, ObjectKind> open_;
  std::vector<std::string> released_too_early_;
};

// "7 -> socket:[123]" for each of this process.
std::vector<std::string> open_descriptors();
// What `after` has and `before` has not.
std::vector<std::string> grown(const std::vector<std::string>& before,
                               const std::vector<std::string>& after);

}  // namespace ipcmark::conformance
