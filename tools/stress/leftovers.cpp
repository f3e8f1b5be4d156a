#include "tools/stress/leftovers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "backends/fd.hpp"
#include "backends/kernel/file_text.hpp"
#include "backends/names.hpp"
#include "scenarios/cleanup/manifest_file.hpp"
#include "scenarios/cleanup/named_objects.hpp"
#include "scenarios/machine/facts.hpp"

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

std::string text_of(ObjectKind kind, const std::string& name) {
  return fmt::format("{} {}", to_string(kind), name);
}

void add_entries(std::set<std::string>& found, ObjectKind kind, const std::string& directory,
                 const std::string& prefix) {
  for (const std::string& leaf : names_in(directory))
    if (leaf.starts_with(prefix))
      found.insert(
          text_of(kind, kind == ObjectKind::file ? fmt::format("{}/{}", directory, leaf) : leaf));
}

bool is_there(ObjectKind kind, const std::string& name) {
  switch (kind) {
    case ObjectKind::file:
      return fs::exists(fs::symlink_status(name));
    case ObjectKind::posix_shm:
      return fs::exists(fs::symlink_status("/dev/shm/" + name));
    case ObjectKind::posix_queue:
      return static_cast<bool>(Fd{::mq_open(("/" + name).c_str(), O_RDONLY | O_CLOEXEC)});
    case ObjectKind::sysv_queue:
    case ObjectKind::sysv_sem:
    case ObjectKind::sysv_shm:
      return sysv_id({kind, name}).has_value();
  }
  return false;
}

void add_children(std::set<std::string>& found) {
  for (const std::string& task : names_in("/proc/self/task")) {
    std::ifstream file("/proc/self/task/" + task + "/children");
    for (int pid = 0; file >> pid;)
      found.insert(
          fmt::format("process {} ({})", pid, read_fact("/proc/" + std::to_string(pid) + "/comm")));
  }
}

// With what it points to, so that one closed and another opened is a difference.
void add_descriptors(std::set<std::string>& found) {
  for (const std::string& number : names_in("/proc/self/fd")) {
    std::error_code gone;
    const auto target = fs::read_symlink("/proc/self/fd/" + number, gone).string();
    // The directory being read has a descriptor too, and the next time another.
    if (gone || target.starts_with("/proc/")) continue;
    found.insert(fmt::format("descriptor {} ({})", number, target));
  }
}

}  // namespace

Result<std::string> TrialNames::claim(ObjectKind kind) {
  auto name = names_.claim(kind);
  if (name) open_.push_back({kind, *name});
  return name;
}

// Looked at here: a System V key may be drawn by another run as soon as it is free.
void TrialNames::released(const std::string& name) {
  const auto found = std::find_if(open_.begin(), open_.end(),
                                  [&](const Given& given) { return given.name == name; });
  if (found != open_.end()) {
    if (is_there(found->kind, name)) wrongly_released_.insert(text_of(found->kind, name));
    open_.erase(found);
  }
  names_.released(name);
}

std::set<std::string> TrialNames::still_there() const {
  auto there = wrongly_released_;
  for (const auto& [kind, name] : open_)
    if (is_there(kind, name)) there.insert(text_of(kind, name));
  return there;
}

std::set<std::string> survey_objects(const Manifest& manifest) {
  std::set<std::string> found;
  const auto prefix = std::string{object_prefix} + manifest.run_id() + ".";
  add_entries(found, ObjectKind::posix_shm, "/dev/shm", prefix);
  add_entries(found, ObjectKind::posix_queue, "/dev/mqueue", prefix);  // only where it is mounted
  add_entries(found, ObjectKind::file, manifest.directory(), "");
  add_children(found);
  add_descriptors(found);
  return found;
}

}  // namespace ipcmark
