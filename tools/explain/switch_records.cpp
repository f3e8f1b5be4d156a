#include "tools/explain/switch_records.hpp"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "backends/fd.hpp"
#include "tools/explain/switch_ring.hpp"

namespace ipcmark {
namespace {

// Powers of two; the head is one page more. 128 are of 16 384 switches; with fewer, the trial's
// first trips are overwritten. A user without privilege may lock perf_event_mlock_kb a CPU for all
// threads.
constexpr std::size_t max_data_pages = 128;
constexpr std::size_t min_data_pages = 8;

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
  attr.write_backward = 1;
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

void SwitchRecords::Ring::read(Capture& capture) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto* head = static_cast<const perf_event_mmap_page*>(memory);
  const std::uint64_t newest = __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE);
  add_switches({{static_cast<const std::byte*>(memory) + page, bytes - page}, newest, thread},
               capture);
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

bool SwitchRecords::open(int thread, std::size_t data_pages) {
  auto ring = std::make_unique<Ring>();
  ring->thread = thread;
  ring->fd = Fd{open_event(thread)};
  if (ring->fd) {
    ring->bytes = (data_pages + 1) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    // Read alone: then what is new takes the place of what is oldest.
    ring->memory = ::mmap(nullptr, ring->bytes, PROT_READ, MAP_SHARED, ring->fd.get(), 0);
  }
  if (ring->memory == MAP_FAILED) {
    error_ = fmt::format("cannot record the switches of thread {}: {}", thread,
                         std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    return false;
  }
  rings_.push_back(std::move(ring));
  return true;
}

bool SwitchRecords::open_all(std::size_t data_pages) {
  rings_.clear();
  return std::all_of(threads_.begin(), threads_.end(),
                     [&](const auto& thread) { return open(thread.first, data_pages); });
}

bool SwitchRecords::begin(const std::vector<int>& pids) {
  rings_.clear();
  threads_.clear();
  for (const int pid : pids) {
    std::error_code gone;
    for (const auto& task :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
      std::ifstream comm(task.path() / "comm");
      CapturedThread captured{pid, {}};
      std::getline(comm, captured.name);
      threads_[std::stoi(task.path().filename())] = std::move(captured);
    }
  }
  std::size_t pages = max_data_pages;
  while (!open_all(pages)) {
    pages /= 2;
    if (pages < min_data_pages) return false;
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
