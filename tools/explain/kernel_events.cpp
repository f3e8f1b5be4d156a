#include "tools/explain/kernel_events.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "scenarios/cleanup/trace_instances.hpp"

#ifdef IPCMARK_TRACEFS
#include "tools/explain/trace_buffers.hpp"
#include "tools/explain/trace_clock.hpp"
#include "tools/explain/trace_records.hpp"
#endif

namespace ipcmark {

#ifdef IPCMARK_TRACEFS

namespace {

// Of which tasks. The kernel filters the wakings, which are of all on the machine; a filter costs
// 20 ns a hit, so that of the many system calls those of others are left out when they are read.
enum class Whose : std::uint8_t { all, own, woken };

struct EventRow {
  const char* path;  // below events/
  bool coarse;       // recorded at either detail
  Whose whose;
  bool needed = false;  // a trip cannot be followed without
};

// Kernels differ in which of the others they have; what is not there is not recorded.
constexpr EventRow rows[] = {
    {"sched/sched_waking", true, Whose::woken, true},
    {"sched/sched_switch", true, Whose::all, true},
    {"sched/sched_wakeup", false, Whose::woken},
    {"sched/sched_migrate_task", false, Whose::woken},
    {"raw_syscalls/sys_enter", false, Whose::own, true},
    {"raw_syscalls/sys_exit", false, Whose::own, true},
    {"ipi/ipi_send_cpu", false, Whose::all},
    {"ipi/ipi_send_cpumask", false, Whose::all},
    {"irq_vectors/reschedule_entry", false, Whose::all},
    {"irq_vectors/reschedule_exit", false, Whose::all},
    {"irq_vectors/call_function_single_entry", false, Whose::all},
    {"irq_vectors/call_function_single_exit", false, Whose::all},
    {"irq_vectors/call_function_entry", false, Whose::all},
    {"irq_vectors/call_function_exit", false, Whose::all},
    {"irq_vectors/local_timer_entry", false, Whose::all},
    {"irq_vectors/local_timer_exit", false, Whose::all},
    {"ipi/ipi_entry", false, Whose::all},
    {"ipi/ipi_exit", false, Whose::all},
    {"power/cpu_idle", false, Whose::all},
    {"irq/softirq_entry", false, Whose::all},
    {"irq/softirq_exit", false, Whose::all},
    {"irq/irq_handler_entry", false, Whose::all},
    {"irq/irq_handler_exit", false, Whose::all},
    {"exceptions/page_fault_user", false, Whose::own},
    {"exceptions/page_fault_kernel", false, Whose::own},
};

// Whether a task's number here is the one that events have: those of the first PID namespace, whose
// number the kernel does not change.
bool numbers_are_the_kernels() {
  std::error_code none;
  const std::string name = std::filesystem::read_symlink("/proc/self/ns/pid", none);
  return none || name == "pid:[4026531836]";
}

bool write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return static_cast<bool>(file);
}

std::string cpu_mask(const std::vector<int>& cpus) {
  std::vector<std::uint32_t> words(1, 0);
  for (const int cpu : cpus) {
    const auto word = static_cast<std::size_t>(cpu) / 32;
    if (word >= words.size()) words.resize(word + 1, 0);
    words[word] |= 1U << (static_cast<unsigned>(cpu) % 32U);
  }
  std::string text;
  for (std::size_t i = words.size(); i-- > 0;) {
    text += fmt::format("{}{:08x}", text.empty() ? "" : ",", words[i]);
  }
  return text;
}

std::string any_of(const char* field, const std::vector<int>& tasks) {
  std::string text;
  for (const int task : tasks) {
    text += fmt::format("{}{} == {}", text.empty() ? "" : " || ", field, task);
  }
  return text;
}

std::string filter_of(const std::vector<int>& tasks) {
  return any_of("common_pid", tasks) + " || " + any_of("pid", tasks);
}

bool is_of_the_task(EventKind kind) {
  return kind == EventKind::enter || kind == EventKind::leave || kind == EventKind::fault;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Whether events are enabled anywhere but in that instance.
bool others_trace(const std::filesystem::path& own) {
  const std::filesystem::path instances = own.parent_path();
  if (text_of(instances.parent_path() / "events/enable") != "0") return true;
  std::error_code gone;
  for (const auto& each : std::filesystem::directory_iterator(instances, gone)) {
    if (each.path() == own) continue;
    const std::string enabled = text_of(each.path() / "events/enable");
    if (!enabled.empty() && enabled != "0") return true;
  }
  return false;
}

// The kernel keeps the name of the task behind each event it records, which makes those of the
// scheduler dearer by half, and which nobody needs here: a switch holds the name. The option is an
// instance's own, but switching it off reaches the events that are enabled in all of them: where
// others trace, it is left alone.
void keep_no_names(const std::string& path) {
  if (!others_trace(path)) write_text(path + "/trace_options", "norecord-cmd");
}

}  // namespace

class KernelEvents::Instance {
 public:
  Instance(Detail detail, std::string path) : detail_(detail), path_(std::move(path)) {}
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance() { remove_trace_instance(path_); }

  bool prepare(const std::vector<int>& cpus);
  bool begin(const std::vector<int>& pids);
  void end();
  bool read(Capture& capture);
  const std::string& error() const { return error_; }

 private:
  bool set(const std::string& file, const std::string& text);
  bool size_buffers(const std::vector<int>& cpus);

  Detail detail_;
  std::string path_;
  bool by_counter_ = false;
  ClockReading begin_, end_;  // where the events are by the counter
  std::string error_;
  std::map<std::int32_t, CapturedThread> threads_;
};

bool KernelEvents::Instance::set(const std::string& file, const std::string& text) {
  if (write_text(path_ + "/" + file, text)) return true;
  error_ = fmt::format("cannot write '{}' into {}/{}: {}", text, path_, file,
                       std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
  return false;
}

bool KernelEvents::Instance::size_buffers(const std::vector<int>& cpus) {
  error_ = size_trace_buffers(path_, cpus);
  return error_.empty();
}

bool KernelEvents::Instance::prepare(const std::vector<int>& cpus) {
  const std::string clock = trace_clock_of(text_of(path_ + "/trace_clock"));
  by_counter_ = clock != "mono";
  keep_no_names(path_);
  return set("tracing_on", "0") && set("trace_clock", clock) && set("options/overwrite", "0") &&
         set("tracing_cpumask", cpu_mask(cpus)) && size_buffers(cpus);
}

bool KernelEvents::Instance::begin(const std::vector<int>& pids) {
  // An attempt before may have been given up while it was recorded.
  if (!set("tracing_on", "0") || !set("trace", "")) return false;
  threads_.clear();
  std::vector<int> tasks;
  for (const int pid : pids) {
    std::error_code gone;
    for (const auto& task :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
      const std::string leaf = task.path().filename();
      std::ifstream comm(task.path() / "comm");
      CapturedThread thread{pid, {}};
      std::getline(comm, thread.name);
      tasks.push_back(std::stoi(leaf));
      threads_[tasks.back()] = std::move(thread);
    }
  }
  if (tasks.empty()) {
    error_ = "the workers ended before they began";
    return false;
  }
  for (const EventRow& row : rows) {
    if (detail_ == Detail::coarse && !row.coarse) continue;
    const std::string event = std::string("events/") + row.path;
    if (::access((path_ + "/" + event).c_str(), F_OK) != 0) continue;
    const bool kept = row.whose != Whose::woken || set(event + "/filter", filter_of(tasks));
    if (!kept || !set(event + "/enable", "1")) return false;
  }
  if (by_counter_) begin_ = *read_clocks();
  return set("tracing_on", "1");
}

void KernelEvents::Instance::end() {
  write_text(path_ + "/tracing_on", "0");
  if (by_counter_) end_ = *read_clocks();
}

bool KernelEvents::Instance::read(Capture& capture) {
  capture.threads.insert(threads_.begin(), threads_.end());
  if (!read_trace_records(path_, capture)) {
    error_ = fmt::format("libtracefs cannot read {}", path_);
    return false;
  }
  if (by_counter_) {
    for (Event& event : capture.events) {
      event.time_ns = monotonic_ns(event.time_ns, begin_, end_);
    }
  }
  end_where_lost(capture, lost_events(path_));
  std::erase_if(capture.events, [&](const Event& event) {
    return is_of_the_task(event.kind) && !threads_.contains(event.thread);
  });
  for (const Event& event : capture.events) {
    if (event.kind != EventKind::enter && event.kind != EventKind::leave) continue;
    const std::string name = system_call_name(event.other);
    if (!name.empty()) capture.calls[event.other] = name;
  }
  capture.has_kernel_events = detail_ == Detail::fine;
  return true;
}

std::string no_kernel_events() {
  const std::string mount = tracefs_mount();
  if (mount.empty()) {
    return ::geteuid() == 0
               ? "tracefs is not mounted; mount -t tracefs nodev /sys/kernel/tracing (into a "
                 "container its host's)"
               : "events of the kernel need root, and tracefs mounted (mount -t tracefs nodev "
                 "/sys/kernel/tracing)";
  }
  if (!numbers_are_the_kernels()) {
    return "events of the kernel name tasks by other numbers than this PID namespace; run outside "
           "of it (a container with --pid=host)";
  }
  if (::access((mount + "/instances").c_str(), W_OK | X_OK) != 0) {
    return fmt::format("events of the kernel need root, or the right to write in {}/instances",
                       mount);
  }
  for (const EventRow& row : rows) {
    if (!row.needed || ::access(fmt::format("{}/events/{}", mount, row.path).c_str(), F_OK) == 0) {
      continue;
    }
    return fmt::format(
        "this kernel has no event {}; take one that was built with its tracepoints "
        "(CONFIG_FTRACE)",
        row.path);
  }
  const std::string path = mount + "/instances/" + own_trace_instance();
  std::error_code refused;
  if (!std::filesystem::create_directory(path, refused) && refused) {
    return fmt::format(
        "the kernel refuses an instance of tracefs ({}); see that it is not locked "
        "down (cat /sys/kernel/security/lockdown)",
        refused.message());
  }
  remove_trace_instance(path);
  return {};
}

tl::expected<KernelEvents, std::string> KernelEvents::create(Detail detail,
                                                             const std::vector<int>& cpus) {
  const std::string path = tracefs_mount() + "/instances/" + own_trace_instance();
  remove_trace_instance(path);  // of a trial before that could not take it away
  std::error_code refused;
  if (!std::filesystem::create_directory(path, refused)) {
    return tl::make_unexpected(fmt::format("cannot make {}: {}", path, refused.message()));
  }
  auto instance = std::make_unique<Instance>(detail, path);
  if (!instance->prepare(cpus)) return tl::make_unexpected(instance->error());
  return KernelEvents(std::move(instance));
}

bool KernelEvents::begin(const std::vector<int>& pids) { return instance_->begin(pids); }
void KernelEvents::end() { instance_->end(); }
bool KernelEvents::read(Capture& capture) { return instance_->read(capture); }
const std::string& KernelEvents::error() const { return instance_->error(); }

#else

class KernelEvents::Instance {};

std::string no_kernel_events() {
  return "this ipcmark was built without libtracefs; install libtracefs-dev and libtraceevent-dev, "
         "and build it again";
}
tl::expected<KernelEvents, std::string> KernelEvents::create(Detail /*detail*/,
                                                             const std::vector<int>& /*cpus*/) {
  return tl::make_unexpected(no_kernel_events());
}
bool KernelEvents::begin(const std::vector<int>& /*pids*/) { return false; }
void KernelEvents::end() {}
bool KernelEvents::read(Capture& /*capture*/) { return false; }
const std::string& KernelEvents::error() const {
  static const std::string none;
  return none;
}

#endif

KernelEvents::KernelEvents(std::unique_ptr<Instance> instance) : instance_(std::move(instance)) {}
KernelEvents::KernelEvents(KernelEvents&&) noexcept = default;
KernelEvents::~KernelEvents() = default;

}  // namespace ipcmark
