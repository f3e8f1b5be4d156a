// An output that is no file: a descriptor, a device or a FIFO.
#pragma once

#include <atomic>
#include <string>
#include <tl/expected.hpp>

#include "backends/fd.hpp"
#include "tools/files/output_place.hpp"

namespace ipcmark {

// "cannot write 'x': …; choose …"
std::string cannot_write(const OutputPlace& place, int error);

// Open for writing, and blocking. A FIFO without a reader is waited for, with a word on stderr,
// until there is one or `stop` is raised (null: for ever). What takes standard output takes all of
// it: tables then go to standard error. The error is one sentence.
tl::expected<Fd, std::string> open_stream(const OutputPlace& place, const std::atomic<int>* stop);

}  // namespace ipcmark
