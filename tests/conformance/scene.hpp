// One case's world for a lock or a notifier: its objects in the parent, users in forked processes,
// and memory that all of them share.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/conformance/stage.hpp"
#include "tests/conformance/test_names.hpp"

namespace ipcmark::conformance {

inline constexpr std::uint64_t ms = 1'000'000;
inline constexpr std::uint64_t hang_timeout = 20'000 * ms;  // only a hang exceeds it

// Entry: LockEntry or NotifierEntry, with the types that its create() and open() give.
template <class Entry, class Object, class Handle>
class Scene {
 public:
  explicit Scene(const Entry& entry)
      : entry_(entry),
        page_(static_cast<SharedPage*>(::mmap(nullptr, sizeof(SharedPage), PROT_READ | PROT_WRITE,
                                              MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    new (page_) SharedPage();
    context_.peer_died = &page_->peer_died;
    add_object();
  }
  ~Scene() {
    for (const pid_t pid : pids_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    ::munmap(page_, sizeof(SharedPage));
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  // Beside the first, which is there from the beginning.
  void add_object() { objects_.push_back(take(entry_.create(names_), "create")); }
  std::unique_ptr<Handle> open(std::size_t object = 0) const {
    return take(entry_.open(objects_.at(object)->address(), context_), "open");
  }
  SharedPage& page() const { return *page_; }
  const Entry& entry() const { return entry_; }
  TestNames& names() { return names_; }
  void drop_objects() { objects_.clear(); }

  // Runs `body` in a process of its own; what it throws makes its exit code 1.
  pid_t run(const std::function<void(Handle&)>& body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      int code = 0;
      try {
        const auto handle = open();
        body(*handle);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        code = 1;
      }
      ::_exit(code);
    }
    pids_.push_back(pid);
    return pid;
  }
  // Waits for all; throws when one failed or did not end.
  void await_all() {
    const std::uint64_t until = now_ns() + hang_timeout;
    while (!pids_.empty()) {
      int status = 0;
      const pid_t ended = ::waitpid(pids_.back(), &status, WNOHANG);
      if (ended == 0) {
        require(now_ns() < until, "a process did not end");
        sleep_ms(1);
        continue;
      }
      pids_.pop_back();
      require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a process failed");
    }
  }
  void kill_now(pid_t pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    std::erase(pids_, pid);
  }

 private:
  const Entry& entry_;
  TestNames names_;
  SharedPage* page_;
  OpenContext context_;
  std::vector<std::unique_ptr<Object>> objects_;
  std::vector<pid_t> pids_;
};

template <class World>
struct SceneCase {
  const char* name;
  void (*run)(World&);
};

template <class World, class Entry>
class SceneTest : public testing::Test {
 public:
  SceneTest(const Entry& entry, SceneCase<World> one) : entry_(entry), case_(one) {}
  void TestBody() override {
    if (*entry_.compiled_out != '\0') GTEST_SKIP() << "not in this build: " << entry_.compiled_out;
    const std::string impossible = entry_.probe == nullptr ? "" : entry_.probe();
    if (!impossible.empty()) GTEST_SKIP() << impossible;
    const auto before = open_descriptors();
    try {
      World scene(entry_);
      case_.run(scene);
    } catch (const Skipped& reason) {
      GTEST_SKIP() << entry_.name << ": " << reason.what();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    for (const auto& fd : grown(before, open_descriptors())) {
      ADD_FAILURE() << "descriptor left open: " << fd;
    }
  }

 private:
  const Entry& entry_;
  SceneCase<World> case_;
};

// Cases are named Conformance/<kind>.<name>.<Case>.
template <class World, class Entry, std::size_t count>
void register_scenes(const std::string& kind, const std::vector<Entry>& entries,
                     const SceneCase<World> (&cases)[count]) {
  for (const Entry& entry : entries) {
    const std::string suite = "Conformance/" + kind + "." + entry.name;
    for (const SceneCase<World>& one : cases) {
      testing::RegisterTest(
          suite.c_str(), one.name, nullptr, nullptr, __FILE__, __LINE__,
          [&entry, one]() -> testing::Test* { return new SceneTest<World, Entry>(entry, one); });
    }
  }
}

}  // namespace ipcmark::conformance
