// A pipe whose bytes a test writes by itself.
#pragma once

#include <cstddef>

#include "backends/fd.hpp"

namespace ipcmark {

// Throws std::runtime_error when none can be had.
struct RawPipe {
  RawPipe();
  Fd reading;
  Fd writing;
};

// All of them at once, else the test fails.
void put(const Fd& fd, const void* bytes, std::size_t size);

}  // namespace ipcmark
