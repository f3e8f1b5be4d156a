#include "tests/conformance/test_names.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
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

// Rows of /proc/sysvipc/<table> that carry ipcmark's key prefix and were created by this process.
void add_sysv_rows(const char* table, std::vector<std::string>& into) {
  std::ifstream file(std::string("/proc/sysvipc/") + table);
  std::string line;
  std::getline(file, line);  // titles
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::int64_t key = 0;
    std::int64_t id = 0;
    if (!(words >> key >> id)) continue;
    // The creator's pid is a column of msg and shm only; sem rows are known by claimed keys.
    if (line.find(" " + std::to_string(getpid()) + " ") != std::string::npos) {
      into.push_back(std::string("sysv ") + table + " " + std::to_string(id));
    }
  }
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
  }
  return false;
}

}  // namespace

TestNames::TestNames() : run_id_("t" + random_hex(8)) {
  char path[] = "/tmp/ipcmark-test-XXXXXX";
  if (mkdtemp(path) == nullptr) throw std::runtime_error("mkdtemp under /tmp failed");
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
      name = "0x4950" + random_hex(4);
      break;
  }
  claims_.push_back({kind, name});
  open_.insert(name);
  return name;
}

void TestNames::released(const std::string& name) { open_.erase(name); }

std::vector<std::string> TestNames::left_over() const {
  std::vector<std::string> found;
  for (const auto& name : open_) found.push_back("name not released: " + name);
  for (const auto& claim : claims_) {
    if (object_exists(claim.kind, claim.name)) found.push_back("object still there: " + claim.name);
  }
  for (const auto& entry : entries(directory_)) found.push_back("file in run directory: " + entry);
  return found;
}

Census take_census() {
  Census census;
  for (const auto& fd : entries("/proc/self/fd")) {
    char target[256] = {};
    const auto length = readlink(("/proc/self/fd/" + fd).c_str(), target, sizeof target - 1);
    if (length < 0) continue;  // the directory's own descriptor, closed again by now
    census.descriptors.push_back(fd + " -> " + std::string(target, static_cast<size_t>(length)));
  }
  for (const char* directory : {"/dev/shm", "/dev/mqueue"}) {
    for (const auto& entry : entries(directory)) {
      census.objects.push_back(std::string(directory) + "/" + entry);
    }
  }
  add_sysv_rows("msg", census.objects);
  add_sysv_rows("shm", census.objects);
  return census;
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
