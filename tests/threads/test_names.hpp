// Names for the objects of a test, and a directory of its own for files.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>

#include "backends/names.hpp"

namespace ipcmark {

class TestNames final : public Names {
 public:
  TestNames() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ipcmark-test.XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~TestNames() override { ::rmdir(directory_.c_str()); }
  Result<std::string> claim(ObjectKind kind) override {
    const std::string name =
        "ipcmark.test" + std::to_string(::getpid()) + "." + std::to_string(++n_);
    if (kind == ObjectKind::file) return directory_ + "/" + name;
    if (kind == ObjectKind::posix_shm || kind == ObjectKind::posix_queue) return name;
    std::array<char, 16> key{};
    std::snprintf(key.data(), key.size(), "0x%08x",
                  sysv_key_prefix | (std::random_device{}() & 0xFFFFU));
    return std::string(key.data());
  }
  void released(const std::string&) override {}

 private:
  std::string directory_;
  int n_ = 0;
};

}  // namespace ipcmark
