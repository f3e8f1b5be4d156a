#include "tests/launch/trials.hpp"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "scenarios/launch/process_state.hpp"

namespace ipcmark::toy {
namespace {

// For POSIX queues, whose names are gone again before a trial begins, and shared memory, whose
// names go with the channel. What else needs a name is not run here.
class ToyNames final : public Names {
 public:
  Result<std::string> claim(ObjectKind kind) override {
    if (kind != ObjectKind::posix_queue && kind != ObjectKind::posix_shm) {
      return fail(Errc::unsupported, "names");
    }
    return "ipcmark.toy" + std::to_string(::getpid()) + "." + std::to_string(next_++);
  }
  void released(const std::string&) override {}

 private:
  unsigned next_ = 0;
};

}  // namespace

RunSpec spec_of(const std::string& scenario, const std::string& backend) {
  RunSpec spec;
  spec.scenario = scenario;
  spec.backend = backend;
  return spec;
}

Trial run(const RunSpec& spec, const TrialSetting& setting) {
  ToyNames names;
  return run(spec, setting, names);
}

Trial run(const RunSpec& spec, const TrialSetting& setting, Names& names) {
  return run_trial(program(), spec, names, setting);
}

int coordinate_for_ever() {
  TrialSetting setting;
  bool reported = false;
  setting.user = &reported;
  setting.while_running = [](const std::vector<int>& pids, void* user) {
    if (std::exchange(*static_cast<bool*>(user), true)) return;
    for (const int pid : pids) std::printf("%d\n", pid);
    std::printf("end\n");
    std::fflush(stdout);
  };
  return run(spec_of("trickle"), setting).state == State::passed ? 0 : 1;
}

bool alive(int pid) {
  const char state = process_state(pid).state;
  return state != '?' && state != 'Z' && state != 'X';
}

bool all_gone(const std::vector<int>& pids) {
  for (int tries = 0; tries < 1000; ++tries) {
    if (std::none_of(pids.begin(), pids.end(), alive)) return true;
    ::poll(nullptr, 0, 10);
  }
  return false;
}

bool has_children() {
  siginfo_t info{};
  return !(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD);
}

}  // namespace ipcmark::toy
