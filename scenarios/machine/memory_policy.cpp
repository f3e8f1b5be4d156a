#include "scenarios/machine/memory_policy.hpp"

#include <fmt/format.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>

#include "results/model/option_value.hpp"
#include "scenarios/machine/facts.hpp"

namespace ipcmark {
namespace {

constexpr unsigned node_bits = 1024;  // as many as the kernel can be built for
constexpr unsigned word_bits = std::numeric_limits<unsigned long>::digits;
constexpr std::size_t node_words = node_bits / word_bits;

// The kernel takes one bit less than it is told of.
constexpr unsigned long max_node = node_bits + 1;

int mode_of(NumaPolicy::Kind kind) {
  switch (kind) {
    case NumaPolicy::Kind::bind:
      return MPOL_BIND;
    case NumaPolicy::Kind::preferred:
      return MPOL_PREFERRED;
    case NumaPolicy::Kind::interleave:
      break;
  }
  return MPOL_INTERLEAVE;
}

std::vector<int> node_numbers(const std::string& nodes) {
  return cpus_value(nodes).value_or(std::vector<int>{});  // written in the same way
}

}  // namespace

std::string nodes_with_memory() { return read_fact("/sys/devices/system/node/has_memory"); }

std::string memory_policy_unsupported(const std::string& policy, const std::string& nodes) {
  if (policy.empty()) return {};
  const auto asked = numa_value(policy);
  if (!asked) return "numa: " + asked.error();
  const std::vector<int> all = node_numbers(nodes);
  if (all.empty()) return "numa: this kernel knows of no memory nodes; leave out --numa";
  if (asked->node >= 0 && std::find(all.begin(), all.end(), asked->node) == all.end()) {
    return fmt::format("numa: there is no node {} with memory; choose from {}", asked->node, nodes);
  }
  if (all.size() > 1) return {};
  return "numa: all memory of this machine is on one node, so that no policy changes anything; "
         "leave out --numa";
}

Status set_memory_policy(const std::string& policy) {
  if (policy.empty()) return {};
  const auto asked = numa_value(policy);
  if (!asked) return fail(Errc::invalid, "numa");
  std::vector<unsigned long> words(node_words);
  const auto add = [&words](int node) {
    const auto bit = static_cast<unsigned>(node);
    if (bit < node_bits) words[bit / word_bits] |= 1UL << (bit % word_bits);
  };
  if (asked->node >= 0) {
    add(asked->node);
  } else {
    for (const int node : node_numbers(nodes_with_memory())) add(node);
  }
  if (::syscall(SYS_set_mempolicy, mode_of(asked->kind), words.data(), max_node) == 0) return {};
  const int error = errno;
  if (error == EINVAL) {
    return fail(Errc::limit,
                "set_mempolicy: this process may not use that node; choose another, or enlarge "
                "cpuset.mems",
                error);
  }
  return fail(Errc::system, "set_mempolicy", error);
}

SavedMemoryPolicy::SavedMemoryPolicy() : nodes_(node_words) {
  known_ = ::syscall(SYS_get_mempolicy, &mode_, nodes_.data(), max_node, nullptr, 0UL) == 0;
}

void SavedMemoryPolicy::restore() const {
  if (known_) (void)::syscall(SYS_set_mempolicy, mode_, nodes_.data(), max_node);
}

int policy_nodes() {
  int mode = 0;
  std::vector<unsigned long> words(node_words);
  if (::syscall(SYS_get_mempolicy, &mode, words.data(), max_node, nullptr, 0UL) != 0) return 0;
  int count = 0;
  for (const unsigned long word : words) count += std::popcount(word);
  return count;
}

}  // namespace ipcmark
