#include "tests/conformance/test_names.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>

namespace ipcmark::conformance {
namespace {

std::vector<std::string> entries(const std::string& directory) {
  std::vector<std::string> names;
  DIR* dir = opendir(directory.c_str());
  if (dir == nullptr) return names;
  while (const dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

std::string random_hex(unsigned digits) {
  static std::random_device device;
  std::string text;
  while (text.size() < digits) text += "0123456789abcdef"[device() % 16U];
  return text;
}

bool object_exists(ObjectKind kind, const std::string& name) {
  switch (kind) {
    case ObjectKind::file: {
      struct stat info {};
      return lstat(name.c_str(), &info) == 0;
    }
    case ObjectKind::posix_shm: {
      const int fd = shm_open(("/" + name).c_str(), O_RDONLY, 0);
      if (fd >= 0) close(fd);
      return fd >= 0;
    }
    case ObjectKind::posix_queue: {
      const int fd = mq_open(("/" + name).c_str(), O_RDONLY);
      if (fd >= 0) close(fd);
      return fd >= 0;
    }
    case ObjectKind::sysv_queue:
      return msgget(static_cast<key_t>(std::strtoul(name.c_str(), nullptr, 16)), 0) >= 0;
    case ObjectKind::sysv_sem:
      return semget(static_cast<key_t>(std::strtoul(name.c_str(), nullptr, 16)), 0, 0) >= 0;
    case ObjectKind::sysv_shm:
      return shmget(static_cast<key_t>(std::strtoul(name.c_str(), nullptr, 16)), 0, 0) >= 0;
  }
  return false;
}

}  // namespace

TestNames::TestNames() : run_id_("t" + random_hex(8)) {
  std::string path = std::filesystem::temp_directory_path() / "ipcmark-test-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp " + path + " failed");
  directory_ = path;
}

TestNames::~TestNames() {
  for (const auto& entry : entries(directory_)) unlink((directory_ + "/" + entry).c_str());
  rmdir(directory_.c_str());
}

Result<std::string> TestNames::claim(ObjectKind kind) {
  std::string name;
  switch (kind) {
    case ObjectKind::file:
      name = directory_ + "/" + std::to_string(next_++);
      break;
    case ObjectKind::posix_shm:
    case ObjectKind::posix_queue:
      name = "ipcmark." + run_id_ + "." + std::to_string(next_++);
      break;
    case ObjectKind::sysv_queue:
    case ObjectKind::sysv_sem:
    case ObjectKind::sysv_shm:
      do name = "0x4950" + random_hex(4);  // none that somebody has
      while (object_exists(kind, name) || open_.contains(name));
      break;
  }
  open_.emplace(name, kind);
  return name;
}

// Looked at here: a System V key may be drawn by somebody else as soon as it is free.
void TestNames::released(const std::string& name) {
  const auto found = open_.find(name);
  if (found == open_.end()) return;
  if (object_exists(found->second, name)) released_too_early_.push_back(name);
  open_.erase(found);
}

std::vector<std::string> TestNames::left_over() const {
  std::vector<std::string> found;
  for (const auto& [name, kind] : open_) {
    found.push_back((object_exists(kind, name) ? "object still there: " : "name not released: ") +
                    name);
  }
  for (const auto& name : released_too_early_) found.push_back("released, but there: " + name);
  for (const auto& entry : entries(directory_)) found.push_back("file in run directory: " + entry);
  for (const char* directory : {"/dev/shm", "/dev/mqueue"}) {
    for (const auto& entry : entries(directory)) {
      if (entry.starts_with("ipcmark." + run_id_ + ".")) found.push_back("left over: " + entry);
    }
  }
  return found;
}

std::vector<std::string> open_descriptors() {
  std::vector<std::string> descriptors;
  for (const auto& fd : entries("/proc/self/fd")) {
    char target[256] = {};
    const auto length = readlink(("/proc/self/fd/" + fd).c_str(), target, sizeof target - 1);
    if (length < 0) continue;  // the directory's own descriptor, closed again by now
    descriptors.push_back(fd + " -> " + std::string(target, static_cast<size_t>(length)));
  }
  return descriptors;
}

std::vector<std::string> grown(const std::vector<std::string>& before,
                               const std::vector<std::string>& after) {
  std::vector<std::string> more;
  for (const auto& entry : after) {
    if (std::find(before.begin(), before.end(), entry) == before.end()) more.push_back(entry);
  }
  return more;
}

}  // namespace ipcmark::conformance
