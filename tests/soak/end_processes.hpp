// A channel whose ends are processes of their own, beside a page that all of them share: what the
// soaks of rings in shared memory are made of.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "backends/registry.hpp"

namespace ipcmark {

// What a page has at least.
struct EndsPage {
  std::atomic<std::uint32_t> peer_died;  // OpenContext::peer_died
  std::atomic<std::uint32_t> opened;     // ends that are ready
};

// For backends whose objects have no name.
class NoNames final : public Names {
 public:
  Result<std::string> claim(ObjectKind) override { return fail(Errc::unsupported, "name"); }
  void released(const std::string&) override {}
};

template <class Page>
class EndProcesses {
 public:
  EndProcesses(const BackendEntry& entry, const ChannelSpec& spec) : entry_(entry), spec_(spec) {
    void* page =
        ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) std::abort();
    page_ = new (page) Page{};
    context_.peer_died = &page_->peer_died;
  }
  ~EndProcesses() { ::munmap(page_, sizeof(Page)); }
  EndProcesses(const EndProcesses&) = delete;
  EndProcesses& operator=(const EndProcesses&) = delete;

  // receive(page, receiver, index) in a process for each receiver, then send(page, sender, index)
  // in one for each sender; none begins before all have opened their ends. The processes are the
  // caller's to wait for.
  template <class Receive, class Send>
  void start(Receive receive, Send send) {
    NoNames names;
    channel_ = std::move(*entry_.create(spec_, 1, names));
    for (std::uint32_t i = 0; i < spec_.receivers; ++i) {
      in_a_process(i, [&] {
        auto receiver = std::move(*entry_.open_receiver(channel_->address(), context_));
        barrier();
        receive(*page_, *receiver, i);
      });
    }
    for (std::uint32_t i = 0; i < spec_.senders; ++i) {
      in_a_process(i, [&] {
        auto sender = std::move(*entry_.open_sender(channel_->address(), context_));
        barrier();
        send(*page_, *sender, i);
      });
    }
  }
  void seal() { channel_->seal(); }

  Page& page() const { return *page_; }
  const std::vector<pid_t>& pids() const { return pids_; }  // receivers, then senders

 private:
  template <class Work>
  void in_a_process(std::uint32_t index, Work work) {
    const pid_t pid = ::fork();
    if (pid != 0) {
      pids_.push_back(pid);
      return;
    }
    context_.index = index;
    work();
    ::_exit(0);
  }
  void barrier() {
    ++page_->opened;
    while (page_->opened < spec_.senders + spec_.receivers) ::usleep(50);
  }

  const BackendEntry& entry_;
  ChannelSpec spec_;
  Page* page_;
  OpenContext context_;
  std::unique_ptr<Channel> channel_;
  std::vector<pid_t> pids_;
};

}  // namespace ipcmark
