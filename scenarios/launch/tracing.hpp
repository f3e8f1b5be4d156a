// Wrappers round what a worker works with that note every operation, for `--trace`. Without a trace
// none is installed, so that nothing stands in a measured loop.
#pragma once

#include <cstddef>
#include <memory>

#include "backends/lock.hpp"
#include "backends/notifier.hpp"
#include "backends/transport.hpp"
#include "scenarios/trace_log.hpp"

namespace ipcmark {

// The log is borrowed and must outlive the wrapper; `place`: the layout's index.
std::unique_ptr<Sender> traced(std::unique_ptr<Sender> sender, TraceLog& log, std::size_t place);
std::unique_ptr<Receiver> traced(std::unique_ptr<Receiver> receiver, TraceLog& log,
                                 std::size_t place);
std::unique_ptr<Lock> traced(std::unique_ptr<Lock> lock, TraceLog& log, std::size_t place);
std::unique_ptr<Notifier> traced(std::unique_ptr<Notifier> notifier, TraceLog& log,
                                 std::size_t place);

}  // namespace ipcmark
