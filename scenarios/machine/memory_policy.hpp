// The NUMA memory policy of a process (set_mempolicy(2)), by system calls: no libnuma is needed.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "backends/error.hpp"

namespace ipcmark {

// The nodes that have memory, as the kernel lists them: "0-1". Empty: it knows of none.
std::string nodes_with_memory();

// Empty, or why a policy as --numa takes it is not possible with those nodes, or changes nothing.
// Empty for no policy.
std::string memory_policy_unsupported(const std::string& policy, const std::string& nodes);

// From now on, of this thread and of those that it starts: where new pages come from, those of
// shared memory and of the kernel included. No policy: nothing changes. limit: not on this machine.
Status set_memory_policy(const std::string& policy);

// How many nodes the calling thread's policy names; 0: none, or the kernel does not tell.
int policy_nodes();

// A thread's policy as it was, for a while in which another holds.
class SavedMemoryPolicy {
 public:
  SavedMemoryPolicy();
  void restore() const;

 private:
  int mode_ = 0;
  std::vector<unsigned long> nodes_;
  bool known_ = false;
};

// What `make` answers, a Result, under that policy. Afterwards the thread's own holds again.
template <class Make>
auto under_memory_policy(const std::string& policy, Make&& make) -> decltype(make()) {
  if (policy.empty()) return make();
  const SavedMemoryPolicy before;
  if (Status set = set_memory_policy(policy); !set) return tl::make_unexpected(set.error());
  auto made = std::forward<Make>(make)();
  before.restore();
  return made;
}

}  // namespace ipcmark
