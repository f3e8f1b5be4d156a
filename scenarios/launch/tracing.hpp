// Wrappers round what a worker works with that note every operation, for `--trace`. Without a trace
// none is installed, so that nothing stands in a measured loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/lock.hpp"
#include "backends/notifier.hpp"
#include "backends/transport.hpp"
#include "results/model/trace.hpp"

namespace ipcmark {

inline constexpr std::size_t most_traced_operations = 16'384;  // a worker; about half a megabyte

// One worker's notes, in memory of a fixed size that is there before the first: no page fault falls
// into an operation. One thread.
class TraceLog {
 public:
  // `every`: of each endpoint's operations of one kind, the first and then each so many-th are
  // noted.
  explicit TraceLog(std::size_t most, std::uint32_t every = 1);
  std::uint32_t every() const { return every_; }
  // `name` and `place` as in "send channel", 1.
  void note(const char* name, std::size_t place, std::uint64_t start_ns, const Error* error);
  ProcessTrace take();

 private:
  struct Event {
    const char* name;
    std::size_t place;
    std::uint64_t start_ns, end_ns;
    const char* outcome;
  };
  std::size_t most_;
  std::uint32_t every_;
  std::vector<Event> events_;
  std::uint64_t dropped_ = 0;
};

// The log is borrowed and must outlive the wrapper; `place`: the layout's index.
std::unique_ptr<Sender> traced(std::unique_ptr<Sender> sender, TraceLog& log, std::size_t place);
std::unique_ptr<Receiver> traced(std::unique_ptr<Receiver> receiver, TraceLog& log,
                                 std::size_t place);
std::unique_ptr<Lock> traced(std::unique_ptr<Lock> lock, TraceLog& log, std::size_t place);
std::unique_ptr<Notifier> traced(std::unique_ptr<Notifier> notifier, TraceLog& log,
                                 std::size_t place);

}  // namespace ipcmark
