#include "tests/unit/tools/files/scratch_directory.hpp"

#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ipcmark {

ScratchDirectory::ScratchDirectory() {
  std::string path = std::filesystem::temp_directory_path() / "ipcmark-test-XXXXXX";
  if (::mkdtemp(path.data()) != nullptr) root_ = std::filesystem::canonical(path);
}

ScratchDirectory::~ScratchDirectory() { std::filesystem::remove_all(root_); }

void ScratchDirectory::put(const std::string& name, const std::string& text, unsigned mode) const {
  std::ofstream(at(name)) << text;
  ::chmod(at(name).c_str(), mode);
}

std::string ScratchDirectory::text(const std::string& name) const {
  std::ifstream file(at(name));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> ScratchDirectory::names() const {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(root_)) {
    found.push_back(entry.path().filename());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace ipcmark
