// The rows of `ipcmark list`: one declaration and one line per mechanism. Deleting a mechanism
// means deleting its file and these two lines, and its name where a suite has it
// (scenarios/plan/suites).
#include "backends/registry.hpp"

namespace ipcmark {

// backends, in the order they are shown
BackendEntry null_entry();
BackendEntry pipe_entry();
BackendEntry fifo_entry();
BackendEntry unix_stream_entry();
BackendEntry unix_seqpacket_entry();
BackendEntry unix_dgram_entry();
BackendEntry tcp_entry();
BackendEntry udp_entry();
BackendEntry vmsplice_entry();
BackendEntry memfd_pass_entry();
BackendEntry cma_entry();
BackendEntry signal_entry();
BackendEntry io_uring_pipe_entry();
BackendEntry io_uring_unix_entry();
BackendEntry posix_mq_entry();
BackendEntry sysv_mq_entry();
BackendEntry shm_mutex_entry();
BackendEntry shm_ring_entry();
BackendEntry mpmc_ring_entry();
BackendEntry broadcast_ring_entry();
BackendEntry lossy_ring_entry();
BackendEntry sysv_shm_entry();
BackendEntry futex_slot_entry();
BackendEntry eventfd_slot_entry();
BackendEntry mmap_file_entry();
BackendEntry boost_mq_entry();
BackendEntry zeromq_entry();

// locks
LockEntry pthread_mutex_lock_entry();
LockEntry pi_mutex_lock_entry();
LockEntry posix_sem_lock_entry();
LockEntry sysv_sem_lock_entry();
LockEntry futex_lock_entry();
LockEntry spin_lock_entry();
LockEntry flock_lock_entry();
LockEntry ofd_lock_entry();
LockEntry boost_mutex_lock_entry();
LockEntry no_lock_entry();

// notifiers
NotifierEntry eventfd_notifier_entry();
NotifierEntry futex_notifier_entry();
NotifierEntry condition_notifier_entry();
NotifierEntry posix_sem_notifier_entry();
NotifierEntry sysv_sem_notifier_entry();
NotifierEntry pipe_notifier_entry();

Registry built_in_registry() {
  Registry registry;
  // One row a line, so that a mechanism is deleted with its lines.
  // clang-format off
  registry.backends = {
      null_entry(),
      pipe_entry(),
      fifo_entry(),
      unix_stream_entry(),
      unix_seqpacket_entry(),
      unix_dgram_entry(),
      tcp_entry(),
      udp_entry(),
      vmsplice_entry(),
      memfd_pass_entry(),
      cma_entry(),
      signal_entry(),
      io_uring_pipe_entry(),
      io_uring_unix_entry(),
      posix_mq_entry(),
      sysv_mq_entry(),
      shm_mutex_entry(),
      shm_ring_entry(),
      mpmc_ring_entry(),
      broadcast_ring_entry(),
      lossy_ring_entry(),
      sysv_shm_entry(),
      futex_slot_entry(),
      eventfd_slot_entry(),
      mmap_file_entry(),
      boost_mq_entry(),
      zeromq_entry(),
  };
  registry.locks = {
      pthread_mutex_lock_entry(),
      pi_mutex_lock_entry(),
      posix_sem_lock_entry(),
      sysv_sem_lock_entry(),
      futex_lock_entry(),
      spin_lock_entry(),
      flock_lock_entry(),
      ofd_lock_entry(),
      boost_mutex_lock_entry(),
      no_lock_entry(),
  };
  registry.notifiers = {
      eventfd_notifier_entry(),
      futex_notifier_entry(),
      condition_notifier_entry(),
      posix_sem_notifier_entry(),
      sysv_sem_notifier_entry(),
      pipe_notifier_entry(),
  };
  // clang-format on
  return registry;
}

}  // namespace ipcmark
