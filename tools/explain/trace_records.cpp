#ifdef IPCMARK_TRACEFS
#include "tools/explain/trace_records.hpp"

#include <regex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

// These headers know nothing of C++, and the one of libtracefs 1.6 is not even valid there: what is
// used of it is declared here, as it stands in its manual pages.
extern "C" {
#include <event-parse.h>

struct tracefs_instance;
int tracefs_set_tracing_dir(char* tracing_dir);
tracefs_instance* tracefs_instance_create(const char* name);
void tracefs_instance_free(tracefs_instance* instance);
tep_handle* tracefs_local_events_system(const char* tracing_dir, const char* const* sys_names);
int tracefs_iterate_raw_events(tep_handle* tep, tracefs_instance* instance, cpu_set_t* cpus,
                               int cpu_size, int (*callback)(tep_event*, tep_record*, int, void*),
                               void* callback_context);
}

namespace ipcmark {
namespace {

// What an event of the kernel is to us, and which of its fields hold what.
struct RecordRow {
  const char* name;
  EventKind kind;
  Interrupt interrupt = Interrupt::other;
  const char* other = nullptr;
  const char* detail = nullptr;
};

constexpr auto rows = std::to_array<RecordRow>({
    {"sys_enter", EventKind::enter, {}, "id"},
    {"sys_exit", EventKind::leave, {}, "id"},
    {"sched_waking", EventKind::waking, {}, "pid", "target_cpu"},
    {"sched_wakeup", EventKind::runnable, {}, "pid", "target_cpu"},
    {"sched_switch", EventKind::switched, {}, "next_pid", "prev_state"},
    {"sched_migrate_task", EventKind::migrated, {}, "pid", "dest_cpu"},
    {"ipi_send_cpu", EventKind::ipi, {}, "cpu"},
    {"ipi_send_cpumask", EventKind::ipi},
    {"ipi_raise", EventKind::ipi},
    {"reschedule_entry", EventKind::interrupt_in, Interrupt::reschedule},
    {"reschedule_exit", EventKind::interrupt_out, Interrupt::reschedule},
    {"call_function_single_entry", EventKind::interrupt_in, Interrupt::call_function},
    {"call_function_single_exit", EventKind::interrupt_out, Interrupt::call_function},
    {"call_function_entry", EventKind::interrupt_in, Interrupt::call_function},
    {"call_function_exit", EventKind::interrupt_out, Interrupt::call_function},
    {"local_timer_entry", EventKind::interrupt_in, Interrupt::timer},
    {"local_timer_exit", EventKind::interrupt_out, Interrupt::timer},
    {"ipi_entry", EventKind::interrupt_in, Interrupt::call_function},
    {"ipi_exit", EventKind::interrupt_out, Interrupt::call_function},
    {"irq_handler_entry", EventKind::interrupt_in, Interrupt::device},
    {"irq_handler_exit", EventKind::interrupt_out, Interrupt::device},
    {"cpu_idle", EventKind::idle_in, {}, "state"},
    {"softirq_entry", EventKind::softirq_in, {}, "vec"},
    {"softirq_exit", EventKind::softirq_out, {}, "vec"},
    {"page_fault_user", EventKind::fault},
    {"page_fault_kernel", EventKind::fault},
});

constexpr std::uint64_t leaves_idle = 0xffffffff;  // the state that cpu_idle ends with
constexpr std::uint64_t sleeping = 0xff;           // of prev_state; beyond it: preempted

struct KnownEvent {
  const RecordRow* row = nullptr;
  tep_format_field *thread = nullptr, *other = nullptr, *detail = nullptr, *name = nullptr;
};

class Reading {
 public:
  explicit Reading(Capture& capture) : capture_(capture) {}
  void take(tep_event* event, tep_record* record, int cpu);

 private:
  const KnownEvent& known(tep_event* event);
  std::map<int, KnownEvent> known_;
  Capture& capture_;
};

const KnownEvent& Reading::known(tep_event* event) {
  const auto found = known_.find(event->id);
  if (found != known_.end()) return found->second;
  KnownEvent& fresh = known_[event->id];
  for (const RecordRow& row : rows) {
    if (std::string_view(event->name) != row.name) continue;
    fresh.row = &row;
    fresh.thread = tep_find_any_field(event, "common_pid");
    if (row.other != nullptr) fresh.other = tep_find_any_field(event, row.other);
    if (row.detail != nullptr) fresh.detail = tep_find_any_field(event, row.detail);
    if (row.kind == EventKind::switched) fresh.name = tep_find_any_field(event, "next_comm");
  }
  return fresh;
}

std::uint64_t number(tep_format_field* field, const tep_record* record) {
  unsigned long long value = 0;
  if (field != nullptr) tep_read_number_field(field, record->data, &value);
  return value;
}

void Reading::take(tep_event* event, tep_record* record, int cpu) {
  const KnownEvent& as = known(event);
  if (as.row == nullptr) return;
  Event taken;
  taken.time_ns = record->ts;
  taken.kind = as.row->kind;
  taken.cpu = static_cast<std::int16_t>(cpu);
  taken.thread = static_cast<std::int32_t>(number(as.thread, record));
  const std::uint64_t other = number(as.other, record);
  const std::uint64_t detail = number(as.detail, record);
  taken.other = static_cast<std::int32_t>(other);
  taken.detail = static_cast<std::int32_t>(detail);
  switch (taken.kind) {
    case EventKind::switched:
      taken.detail = (detail & sleeping) != 0 ? 1 : 0;
      if (as.name != nullptr && !capture_.threads.contains(taken.other)) {
        const char* const text = static_cast<const char*>(record->data) + as.name->offset;
        capture_.threads[taken.other] = {
            0, std::string(text, ::strnlen(text, static_cast<std::size_t>(as.name->size)))};
      }
      break;
    case EventKind::idle_in:
      if (other != leaves_idle) break;
      taken.kind = EventKind::idle_out;
      taken.other = 0;
      break;
    case EventKind::ipi:
      if (as.other == nullptr) taken.other = -1;
      break;
    case EventKind::interrupt_in:
    case EventKind::interrupt_out:
      taken.other = static_cast<std::int32_t>(as.row->interrupt);
      break;
    default:
      break;
  }
  capture_.events.push_back(taken);
}

int take_record(tep_event* event, tep_record* record, int cpu, void* reading) {
  static_cast<Reading*>(reading)->take(event, record, cpu);
  return 0;
}

}  // namespace

bool read_trace_records(const std::string& path, Capture& capture) {
  const std::filesystem::path instance(path);
  const std::string mount = instance.parent_path().parent_path();
  // It is kept by the library, for good.
  static std::string kept;
  if (kept != mount) {
    kept = mount;
    if (tracefs_set_tracing_dir(kept.data()) != 0) return false;
  }
  const std::array<const char*, 8> systems = {"sched", "raw_syscalls", "ipi",        "irq_vectors",
                                              "power", "irq",          "exceptions", nullptr};
  const std::unique_ptr<tep_handle, void (*)(tep_handle*)> formats(
      tracefs_local_events_system(mount.c_str(), systems.data()), tep_free);
  if (!formats) return false;
  tracefs_instance* opened = tracefs_instance_create(instance.filename().c_str());
  if (opened == nullptr) return false;
  Reading reading(capture);
  const int failed =
      tracefs_iterate_raw_events(formats.get(), opened, nullptr, 0, take_record, &reading);
  tracefs_instance_free(opened);
  return failed == 0;
}

}  // namespace ipcmark
#endif
