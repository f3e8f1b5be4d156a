// Holds ipcmark's figures against the handwritten controls: the same cell and the control take
// turns (which goes first alternates), and the paired ratios give a median and a sign-test
// interval.
//
//   against_handwritten --pairs 100 --size 64 --seconds 0.1 [--only pipe,pipe_framed] [--mode
//   latency,batches,throughput]
//
// batches: of mechanisms that spin, the median of the means of batches of trips. One reading of the
// clock would be part of each trip, and not little beside it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "results/figures/statistics.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/machine/placement.hpp"

namespace {

using namespace ipcmark;

struct Pair {
  const char* control;
  const char* backend;
  bool framed = false;  // the control sends lengths too, as ipcmark must
  Wait wait = Wait::block;
};
// Those with one row alone put into a message what ipcmark puts into it. The futex mailbox is the
// control of the ring that waits by futex.
constexpr Pair mechanisms[] = {{"pipe", "pipe"},
                               {"pipe", "pipe", true},
                               {"fifo", "fifo"},
                               {"fifo", "fifo", true},
                               {"unix_stream", "unix_stream"},
                               {"unix_stream", "unix_stream", true},
                               {"posix_mq", "posix_mq"},
                               {"sysv_mq", "sysv_mq"},
                               {"futex", "shm_ring"},
                               {"zeromq", "zeromq"},
                               {"zeromq", "zeromq", true},
                               {"tcp", "tcp"},
                               {"tcp", "tcp", true},
                               {"tcp_single", "tcp"},
                               {"udp", "udp"},
                               {"udp", "udp", true},
                               {"memfd_pass", "memfd_pass"},
                               {"cma", "cma"},
                               {"vmsplice", "vmsplice"},
                               {"io_uring_pipe", "io_uring_pipe"},
                               {"io_uring_unix", "io_uring_unix"},
                               {"futex_slot", "futex_slot"},
                               {"futex_slot_spin", "futex_slot", false, Wait::spin},
                               {"eventfd_slot", "eventfd_slot"}};

std::string name_of(const Pair& pair) {
  return std::string(pair.control) + (pair.framed ? "_framed" : "");
}

struct Options {
  unsigned pairs = 100;
  std::uint64_t size = 64;
  double seconds = 0.1;
  bool touch = true;
  std::vector<std::string> only;
  std::vector<std::string> modes{"latency", "batches", "throughput"};
};

// What the control calls it.
const char* control_mode(const std::string& mode) {
  if (mode == "latency") return "pingpong";
  return mode == "throughput" ? "stream" : "batches";
}

// The control's figure: ns per trip, or messages a second.
std::optional<double> control_figure(const Pair& pair, const std::string& mode,
                                     const Options& options, const std::vector<int>& cpus) {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string command =
      fmt::format("'{}/handwritten_{}' {} {} {} {} {} {} {}", here.string(), pair.control,
                  control_mode(mode), options.size, options.seconds, cpus.at(0), cpus.at(1),
                  options.touch ? "touch" : "", pair.framed ? "framed" : "");
  FILE* output = popen(command.c_str(), "r");
  if (output == nullptr) return std::nullopt;
  char line[256] = {};
  const bool read = std::fgets(line, sizeof line, output) != nullptr;
  const bool ended_well = pclose(output) == 0;
  const std::string text(line);
  const auto colon = text.find(": ");
  if (!read || !ended_well || colon == std::string::npos) return std::nullopt;
  return std::strtod(text.c_str() + colon + 2, nullptr);
}

std::optional<double> ipcmark_figure(const Program& program, const RunSpec& spec,
                                     const std::string& mode, Names& names,
                                     const std::vector<int>& cpus) {
  TrialSetting setting;
  setting.cpus = cpus;
  const Trial trial = run_trial(program, spec, names, setting);
  if (trial.state != State::passed) {
    fmt::print(stderr, "{}: {}: {}\n", spec.key(), to_string(trial.state), trial.reason);
    return std::nullopt;
  }
  if (spec.scenario == "latency") {
    const auto found = trial.histograms.find(mode == "batches" ? "batch_mean" : "round_trip");
    if (found == trial.histograms.end()) return std::nullopt;
    return static_cast<double>(found->second.quantile(0.5));
  }
  const Metric* rate = trial.metric("rate");
  return rate == nullptr ? std::nullopt : std::optional(rate->value);
}

RunSpec spec_of(const Pair& pair, const std::string& mode, const Options& options) {
  RunSpec spec;
  spec.scenario = mode == "throughput" ? "throughput" : "latency";
  spec.backend = pair.backend;
  spec.size = options.size;
  spec.wait = pair.wait;
  spec.touch = options.touch ? Touch::full : Touch::none;
  spec.duration_ns = static_cast<std::uint64_t>(options.seconds * 1e9);
  spec.warmup_ns = spec.duration_ns / 10;
  return spec;
}

bool compare(const Program& program, const Pair& pair, const std::string& mode,
             const Options& options, Names& names) {
  RunSpec spec = spec_of(pair, mode, options);
  const auto placed = place(spec, allowed_cpus());
  if (placed.cpus.size() < 2) {
    fmt::print(stderr, "needs two CPUs: {}\n", placed.unsupported_reason);
    return false;
  }
  std::vector<double> ours;
  std::vector<double> plain;
  for (unsigned i = 0; i < options.pairs; ++i) {
    std::optional<double> a;
    std::optional<double> b;
    for (unsigned turn = 0; turn < 2; ++turn) {
      if ((i + turn) % 2 == 0) {
        a = ipcmark_figure(program, spec, mode, names, placed.cpus);
      } else {
        b = control_figure(pair, mode, options, placed.cpus);
      }
    }
    if (!a || !b) {
      fmt::print(stderr, "{} against handwritten_{}: no figure\n", spec.key(), name_of(pair));
      return false;
    }
    ours.push_back(*a);
    plain.push_back(*b);
  }
  const Ratio ratio = paired_ratio(ours, plain);
  const std::string what = spec.key() + (mode == "batches" ? ", means of batches" : "");
  fmt::print("| {} | {} | {} | {:.0f} | {:.0f} | {:.3f} | {:.3f} to {:.3f} |\n", what,
             name_of(pair), options.pairs, median(ours), median(plain), ratio.ratio,
             ratio.interval.low, ratio.interval.high);
  std::fflush(stdout);
  return true;
}

bool wanted(const Options& options, const Pair& pair, const std::string& mode) {
  // A mailbox of one message is no stream; blocking waits are not timed in batches.
  if (mode == "throughput" && std::string_view(pair.control) == "futex") return false;
  if (mode == "batches" && pair.wait == Wait::block) return false;
  if (options.only.empty()) return true;
  for (const auto& name : options.only) {
    if (name == name_of(pair)) return true;
  }
  return false;
}

int run(const Program& program, int argc, char** argv) {
  Options options;
  CLI::App app("ipcmark's trials against handwritten controls, pair by pair");
  app.add_option("--pairs", options.pairs);
  app.add_option("--size", options.size, "payload bytes");
  app.add_option("--seconds", options.seconds, "measured part of one trial");
  app.add_option("--only", options.only, "control: pipe, pipe_framed, fifo, …")->delimiter(',');
  app.add_option("--mode", options.modes, "latency, batches, throughput")
      ->delimiter(',')
      ->check(CLI::IsMember({"latency", "batches", "throughput"}));
  app.add_flag("!--no-touch", options.touch, "payload neither written nor read");
  CLI11_PARSE(app, argc, argv);
  auto names = Manifest::create();
  if (!names) {
    fmt::print(stderr, "{}\n", names.error());
    return 2;
  }
  fmt::print(
      "| cell | control | pairs | ipcmark | handwritten | median ratio | 95 % interval |\n"
      "|---|---|---|---|---|---|---|\n");
  bool all = true;
  for (const auto& mode : options.modes) {
    for (const auto& pair : mechanisms) {
      if (wanted(options, pair, mode)) all = compare(program, pair, mode, options, **names) && all;
    }
  }
  return all ? 0 : 5;
}

}  // namespace

int main(int argc, char** argv) {
  const Program program{built_in_registry(), built_in_scenarios()};
  if (const auto code = run_as_worker_if_asked(program, argc, argv)) return *code;
  return run(program, argc, argv);
}
