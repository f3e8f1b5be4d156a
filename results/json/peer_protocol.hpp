// What a runner asks of `ipcmark trial --peer`: to be one end of a channel whose other end is in
// the runner's own language. And what that end reports. backends/runners/README.md, "Mixed pairs",
// is for the authors of runners.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/model/histogram.hpp"
#include "results/model/spec.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

inline constexpr const char* peer_question_schema = "ipcmark.peer-spec";

enum class PeerChannelKind : std::uint8_t { pipe, fifo, socket };

// One direction. A FIFO has a path, which is opened here; others have a descriptor, inherited and
// in blocking mode.
struct PeerChannel {
  bool sends = false;
  PeerChannelKind kind = PeerChannelKind::pipe;
  int fd = -1;
  std::string path;
};

struct PeerQuestion {
  RunSpec spec;
  std::string role;                   // "echo"
  std::uint32_t worker = 0;           // 0: the first role of the scenario, 1: the second
  int cpu = -1;                       // -1: any
  std::vector<PeerChannel> channels;  // in the order in which both ends open them
  int enough = -1;  // throughput: descriptor of 8 bytes to map; not 0: the receiver has enough
  int ready = -1;   // large_payload: descriptor that carries one byte when the receiver is ready
  std::uint64_t payload = 0;  // large_payload, naive: bytes to send before anything is received
};

// What a receiver has seen. What is lost the runner tells, which knows how many the sender has
// sent.
struct PeerAccount {
  Integrity integrity;  // without what is lost
  std::uint64_t received = 0;
  std::uint64_t next = 0;        // the number behind the highest seen
  std::uint64_t missing = 0;     // of the numbers before it
  std::uint64_t unnumbered = 0;  // messages without a stamp
};

struct PeerReport {
  std::string failed;  // why; empty: it did its part
  std::map<std::string, std::int64_t> counts;
  std::map<std::string, Histogram> histograms;
  std::vector<std::uint64_t> stamps;
  std::optional<PeerAccount> account;
  ProcessCost cost;
};

// The error is one sentence that names the place.
tl::expected<PeerQuestion, std::string> read_peer_question(std::string_view text);
// One line with a newline at the end.
std::string peer_report(const PeerReport& report);

}  // namespace ipcmark
