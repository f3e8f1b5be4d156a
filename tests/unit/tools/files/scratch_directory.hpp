// A directory for one test's files.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ipcmark {

class ScratchDirectory : public testing::Test {
 protected:
  ScratchDirectory();
  ~ScratchDirectory() override;

  std::string at(const std::string& name) const { return root_ + "/" + name; }
  void put(const std::string& name, const std::string& text, unsigned mode = 0644) const;
  std::string text(const std::string& name) const;
  std::vector<std::string> names() const;  // sorted, hidden ones too

 private:
  std::string root_;  // without a link in it
};

}  // namespace ipcmark
