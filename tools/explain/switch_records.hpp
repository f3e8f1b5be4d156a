// When the workers' threads were switched in and out, by perf_event_open(2): what a user without
// further rights may record of its own processes, where the kernel's default is kept.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "results/explain/capture.hpp"

namespace ipcmark {

// Empty, or why such records cannot be had here and what to change, in one sentence.
std::string no_switch_records();

class SwitchRecords {
 public:
  SwitchRecords();
  SwitchRecords(const SwitchRecords&) = delete;
  SwitchRecords& operator=(const SwitchRecords&) = delete;
  ~SwitchRecords();

  // Of these processes and the threads that they have now, from now on: what was recorded before is
  // gone. False: error() says why.
  bool begin(const std::vector<int>& pids);
  void end();
  // After end(): adds the switches, as tools/explain/switch_ring.hpp says.
  void read(Capture& capture);
  const std::string& error() const { return error_; }

 private:
  struct Ring;
  bool open(int thread, std::size_t data_pages);
  bool open_all(std::size_t data_pages);
  std::vector<std::unique_ptr<Ring>> rings_;
  std::map<std::int32_t, CapturedThread> threads_;
  std::string error_;
};

}  // namespace ipcmark
