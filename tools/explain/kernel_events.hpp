// Events of the kernel on the workers' way, in an instance of tracefs of their own: recorded while
// a trial runs, read after it. Nothing global is changed, and nothing stays when the object goes.
//
// Needs libtracefs where the program is built, and a mounted tracefs and its rights where it runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/explain/capture.hpp"

namespace ipcmark {

// Empty, or why the kernel's events cannot be had here and what to change, in one sentence.
std::string no_kernel_events();

class KernelEvents {
 public:
  // Makes the instance; records nothing yet. `cpus`: those that the workers may run on; others are
  // not recorded. Error text.
  static tl::expected<KernelEvents, std::string> create(Detail detail,
                                                        const std::vector<int>& cpus);
  KernelEvents(KernelEvents&&) noexcept;
  KernelEvents& operator=(KernelEvents&&) = delete;
  ~KernelEvents();

  // Records from here on what has to do with these processes and the threads that they have now;
  // what was recorded before is gone. False: error() says why.
  bool begin(const std::vector<int>& pids);
  void end();
  // After end(): adds what was recorded to the capture, the names of all tasks in it, and, where a
  // buffer was full, until when it is whole.
  bool read(Capture& capture);
  const std::string& error() const;

 private:
  class Instance;
  explicit KernelEvents(std::unique_ptr<Instance> instance);
  std::unique_ptr<Instance> instance_;
};

// The name of a system call on this machine's architecture; empty: not known here.
std::string system_call_name(int number);

}  // namespace ipcmark
