#include "backends/kernel/other_memory.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "backends/kernel/sysctl.hpp"

namespace ipcmark {
namespace {

bool may_trace_anything() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  return (data[0].effective & (1U << CAP_SYS_PTRACE)) != 0;
}

}  // namespace

Status read_memory_of(pid_t pid, std::uint64_t address, std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const iovec here{to.data() + done, to.size() - done};
    const iovec there{reinterpret_cast<void*>(address + done), to.size() - done};
    const ssize_t moved = ::process_vm_readv(pid, &here, 1, &there, 1, 0);
    if (moved > 0) {
      done += static_cast<std::size_t>(moved);
      continue;
    }
    if (moved < 0 && errno == EINTR) continue;
    if (moved < 0 && errno == ESRCH) return fail(Errc::peer_died, "process_vm_readv", errno);
    if (moved == 0 || errno == EFAULT) return fail(Errc::corrupt, "process_vm_readv", EFAULT);
    return fail(Errc::system, "process_vm_readv", errno);
  }
  return {};
}

void let_memory_be_read() {
  // EINVAL where there is no Yama: then no declaration is needed.
  (void)::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
}

std::string other_memory_unsupported(const char* backend) {
  const auto scope = read_sysctl("/proc/sys/kernel/yama/ptrace_scope").value_or(0);
  if (scope >= 3 || (scope == 2 && !may_trace_anything())) {
    return std::string(backend) + ": kernel.yama.ptrace_scope (" + std::to_string(scope) +
           ") forbids reading another process's memory; " +
           (scope == 2 ? "set it to 1 or run with CAP_SYS_PTRACE"
                       : "set it to 1 at the next start");
  }
  // Of its own memory a process may always read: what is refused here is the call itself.
  std::byte from{};
  std::byte to{};
  const auto address = reinterpret_cast<std::uintptr_t>(&from);
  const Status read = read_memory_of(::getpid(), address, std::span(&to, 1));
  if (read) return {};
  const bool forbidden = read.error().sys_errno == EPERM;
  return std::string(backend) + ": " + explain(read.error()) +
         (forbidden ? " (docker: --cap-add=SYS_PTRACE)" : "");
}

}  // namespace ipcmark
