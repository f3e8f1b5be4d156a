// The turn to measure: one run at a time, of all users and all network namespaces that can be seen.
//
// Two locks, taken in this order. The first is the binding of an abstract Unix socket: it belongs
// to the network namespace, is free the moment its holder dies, and whoever waits connects, so that
// the kernel tells the holder's pid (SO_PEERCRED) and hangs up when it ends. The second is flock(2)
// on a file in a folder that all users share: it reaches other network namespaces, and holds who
// has the turn. Links are not followed, and what is not a plain file is not used. Where one of the
// two cannot be had, the other has to do.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "backends/error.hpp"
#include "backends/fd.hpp"

namespace ipcmark {

struct TurnHolder {
  int pid = -1;         // -1: not known, or of another pid namespace
  std::string command;  // as it says itself; empty: not known
  std::string since;    // UTC; likewise
};
// "process 812 (ipcmark run --suite full, since 2026-01-31T12:00:00Z)"; only printable characters.
std::string holder_text(const TurnHolder& holder);

struct TurnRequest {
  std::string name = "ipcmark.host.lock";                    // at most 100 bytes
  std::vector<std::string> folders = {"/tmp", "/run/lock"};  // the first that serves
  std::string command;                                       // what is told of us
  const std::atomic<int>* stop = nullptr;                    // not 0: waits no longer
  std::uint64_t wait_ns = ~std::uint64_t{0};                 // at most
  std::function<void(const TurnHolder&)> on_wait = nullptr;  // once, when it has to wait
};

// Free when destroyed.
struct MeasuringTurn {
  Fd name;
  Fd file;
  // Why runs of other network namespaces are not seen, or without `name` none at all; else empty.
  std::string blind;
};
struct NoTurn {
  enum class Why : std::uint8_t { stopped, late, error } why = Why::error;
  TurnHolder holder;   // of late
  std::string reason;  // of error
};
// Blocks. Looks for the stop signal every 100 ms.
tl::expected<MeasuringTurn, NoTurn> take_turn(const TurnRequest& request);

}  // namespace ipcmark
