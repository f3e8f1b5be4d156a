// The system calls that mechanisms of messages make; any other keeps its number.
#include <sys/syscall.h>

#include <map>

#include "tools/explain/kernel_events.hpp"

namespace ipcmark {
namespace {

const std::map<int, const char*>& table() {
  static const std::map<int, const char*> names = {
      {SYS_read, "read"},
      {SYS_write, "write"},
      {SYS_readv, "readv"},
      {SYS_writev, "writev"},
      {SYS_close, "close"},
      {SYS_lseek, "lseek"},
      {SYS_mmap, "mmap"},
      {SYS_munmap, "munmap"},
      {SYS_mprotect, "mprotect"},
      {SYS_madvise, "madvise"},
      {SYS_brk, "brk"},
      {SYS_ioctl, "ioctl"},
      {SYS_fcntl, "fcntl"},
      {SYS_sendto, "sendto"},
      {SYS_recvfrom, "recvfrom"},
      {SYS_sendmsg, "sendmsg"},
      {SYS_recvmsg, "recvmsg"},
      {SYS_setsockopt, "setsockopt"},
      {SYS_getsockopt, "getsockopt"},
      {SYS_ppoll, "ppoll"},
      {SYS_pselect6, "pselect6"},
      {SYS_epoll_pwait, "epoll_pwait"},
      {SYS_epoll_ctl, "epoll_ctl"},
      {SYS_futex, "futex"},
#ifdef SYS_futex_waitv
      {SYS_futex_waitv, "futex_waitv"},
#endif
#ifdef SYS_poll
      {SYS_poll, "poll"},
      {SYS_select, "select"},
      {SYS_epoll_wait, "epoll_wait"},
#endif
      {SYS_msgsnd, "msgsnd"},
      {SYS_msgrcv, "msgrcv"},
      {SYS_semop, "semop"},
      {SYS_semtimedop, "semtimedop"},
      {SYS_mq_timedsend, "mq_timedsend"},
      {SYS_mq_timedreceive, "mq_timedreceive"},
      {SYS_getpid, "getpid"},
      {SYS_gettid, "gettid"},
      {SYS_getppid, "getppid"},
      {SYS_sched_yield, "sched_yield"},
      {SYS_nanosleep, "nanosleep"},
      {SYS_clock_nanosleep, "clock_nanosleep"},
      {SYS_clock_gettime, "clock_gettime"},
      {SYS_getrandom, "getrandom"},
      {SYS_rt_sigprocmask, "rt_sigprocmask"},
      {SYS_rt_sigreturn, "rt_sigreturn"},
      {SYS_restart_syscall, "restart_syscall"},
      {SYS_exit, "exit"},
      {SYS_exit_group, "exit_group"},
  };
  return names;
}

}  // namespace

std::string system_call_name(int number) {
  const auto found = table().find(number);
  return found == table().end() ? std::string() : found->second;
}

}  // namespace ipcmark
