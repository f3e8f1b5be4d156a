#include "tools/explain/switch_records.hpp"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "backends/fd.hpp"

namespace ipcmark {
namespace {

// Within what a user without privilege may lock (perf_event_mlock_kb) for four threads.
constexpr std::size_t data_pages = 32;  // a power of two; the head is one more

// What follows the header: PERF_SAMPLE_TID, _TIME, _CPU.
struct SampleId {
  std::uint32_t pid, tid;
  std::uint64_t time_ns;
  std::uint32_t cpu, reserved;
};
struct SwitchRecord {
  perf_event_header header;
  SampleId id;
};

int open_event(int thread) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_DUMMY;
  attr.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU;
  attr.sample_id_all = 1;
  attr.context_switch = 1;
  attr.exclude_kernel = 1;
  attr.disabled = 1;
  attr.use_clockid = 1;
  attr.clockid = CLOCK_MONOTONIC;
  return static_cast<int>(
      ::syscall(SYS_perf_event_open, &attr, thread, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

struct SwitchRecords::Ring {
  Fd fd;
  void* memory = MAP_FAILED;
  std::size_t bytes = 0;
  std::int32_t thread = 0;

  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() {
    if (memory != MAP_FAILED) ::munmap(memory, bytes);
  }
  void read(Capture& capture) const;
};

// Nothing has been overwritten: where the ring is full the kernel drops what is new.
void SwitchRecords::Ring::read(Capture& capture) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto* head = static_cast<const perf_event_mmap_page*>(memory);
  const auto* data = static_cast<const std::byte*>(memory) + page;
  const std::uint64_t size = data_pages * page;
  const std::uint64_t end = __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE);
  for (std::uint64_t at = head->data_tail; at + sizeof(perf_event_header) <= end;) {
    SwitchRecord record{};
    auto* const to = reinterpret_cast<std::byte*>(&record);
    for (std::size_t i = 0; i < sizeof record && at + i < end; ++i) to[i] = data[(at + i) % size];
    if (record.header.size == 0) return;
    at += record.header.size;
    if (record.header.type == PERF_RECORD_LOST) {
      ++capture.lost;
      continue;
    }
    if (record.header.type != PERF_RECORD_SWITCH) continue;
    const bool out = (record.header.misc & PERF_RECORD_MISC_SWITCH_OUT) != 0;
    const bool preempted = (record.header.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT) != 0;
    Event event;
    event.time_ns = record.id.time_ns;
    event.kind = EventKind::switched;
    event.cpu = static_cast<std::int16_t>(record.id.cpu);
    event.thread = out ? thread : -1;
    event.other = out ? -1 : thread;
    event.detail = out && !preempted ? 1 : 0;
    capture.events.push_back(event);
  }
}

SwitchRecords::SwitchRecords() = default;
SwitchRecords::~SwitchRecords() = default;

std::string no_switch_records() {
  const Fd fd{open_event(::getpid())};
  if (fd) return {};
  const int error = errno;
  std::ifstream file("/proc/sys/kernel/perf_event_paranoid");
  std::string level;
  file >> level;
  if (error == EACCES || error == EPERM) {
    return fmt::format(
        "records of context switches are refused; sysctl kernel.perf_event_paranoid=2 "
        "(it is {})",
        level.empty() ? "not told" : level);
  }
  return fmt::format("the kernel has no records of context switches ({})",
                     std::strerror(error));  // NOLINT(concurrency-mt-unsafe)
}

bool SwitchRecords::open(int thread) {
  auto ring = std::make_unique<Ring>();
  ring->thread = thread;
  ring->fd = Fd{open_event(thread)};
  if (ring->fd) {
    ring->bytes = (data_pages + 1) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    ring->memory =
        ::mmap(nullptr, ring->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd.get(), 0);
  }
  if (ring->memory == MAP_FAILED) {
    error_ = fmt::format("cannot record the switches of thread {}: {}", thread,
                         std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    return false;
  }
  rings_.push_back(std::move(ring));
  return true;
}

bool SwitchRecords::begin(const std::vector<int>& pids) {
  for (const int pid : pids) {
    std::error_code gone;
    for (const auto& task :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
      const int thread = std::stoi(task.path().filename());
      std::ifstream comm(task.path() / "comm");
      CapturedThread captured{pid, {}};
      std::getline(comm, captured.name);
      threads_[thread] = std::move(captured);
      if (!open(thread)) return false;
    }
  }
  for (const auto& ring : rings_) ::ioctl(ring->fd.get(), PERF_EVENT_IOC_ENABLE, 0);
  return true;
}

void SwitchRecords::end() {
  for (const auto& ring : rings_) ::ioctl(ring->fd.get(), PERF_EVENT_IOC_DISABLE, 0);
}

void SwitchRecords::read(Capture& capture) {
  capture.threads.insert(threads_.begin(), threads_.end());
  for (const auto& ring : rings_) ring->read(capture);
}

}  // namespace ipcmark
