// posix_sem: a process-shared POSIX semaphore without tokens; a signal is a token.
#include "backends/kernel/posix_semaphore.hpp"

#include "backends/kernel/address_object.hpp"
#include "backends/notifier.hpp"

namespace ipcmark {

NotifierEntry posix_sem_notifier_entry();

namespace posix_sem_notifier_detail {
namespace {

class PosixSemaphoreNotifier final : public Notifier {
 public:
  PosixSemaphoreNotifier(Mapping page, const OpenContext& context)
      : semaphore_(std::move(page), context) {}
  Status signal() override { return semaphore_.give(); }
  Status wait(Deadline deadline) override { return semaphore_.take(deadline); }

 private:
  PosixSemaphore semaphore_;
};

Result<std::unique_ptr<NotifierObject>> create(Names&) {
  return object_of<NotifierObject>(create_posix_semaphore(false));
}

}  // namespace
}  // namespace posix_sem_notifier_detail

NotifierEntry posix_sem_notifier_entry() {
  using namespace posix_sem_notifier_detail;
  NotifierEntry entry;
  entry.name = "posix_sem";
  entry.summary = "POSIX semaphore in shared memory";
  entry.group = MechanismGroup::shared_memory;
  entry.note =
      "A counter in shared memory with portable calls, also with a timeout; nobody notices when a "
      "process dies.";
  entry.snippet = "notify/posix_sem";
  entry.counts = true;
  entry.create = create;
  entry.open = open_in_page<Notifier, PosixSemaphoreNotifier>;
  return entry;
}

}  // namespace ipcmark
