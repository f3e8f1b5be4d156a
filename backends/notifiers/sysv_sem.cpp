// sysv_sem: a System V semaphore without SEM_UNDO: a signal outlives whoever gave it.
#include "backends/kernel/sysv_semaphore.hpp"
#include "backends/notifier.hpp"

namespace ipcmark {

NotifierEntry sysv_sem_notifier_entry();

namespace sysv_sem_notifier_detail {
namespace {

constexpr int no_signal = 0;
constexpr short no_undo = 0;

class SysvSemaphoreNotifier final : public Notifier {
 public:
  SysvSemaphoreNotifier(int id, const OpenContext& context) : semaphore_(id, no_undo, context) {}
  Status signal() override { return semaphore_.give(); }
  Status wait(Deadline deadline) override { return semaphore_.take(deadline); }

 private:
  SysvSemaphore semaphore_;
};

Result<std::unique_ptr<NotifierObject>> create(Names& names) {
  return create_sysv_semaphore_object<NotifierObject>(no_signal, names);
}

Result<std::unique_ptr<Notifier>> open(Address address, const OpenContext& context) {
  const auto id = SysvSemaphore::find(address);
  if (!id) return tl::make_unexpected(id.error());
  return std::make_unique<SysvSemaphoreNotifier>(*id, context);
}

}  // namespace
}  // namespace sysv_sem_notifier_detail

NotifierEntry sysv_sem_notifier_entry() {
  using namespace sysv_sem_notifier_detail;
  NotifierEntry entry;
  entry.name = "sysv_sem";
  entry.summary = "System V semaphore, up to 32767 signals pending";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "A counter kept by the kernel, which can take back what a killed process did (SEM_UNDO); "
      "each call is a system call.";
  entry.snippet = "notify/sysv_sem";
  entry.counts = true;
  entry.probe = sysv_semaphore_unsupported;
  entry.create = create;
  entry.open = open;
  return entry;
}

}  // namespace ipcmark
