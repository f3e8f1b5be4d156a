// Holds ipcmark's figures against the handwritten controls: the same cell and the control take
// turns (which goes first alternates), and the paired ratios give a median and a sign-test
// interval.
//
//   against_handwritten --pairs 100 --size 64 --seconds 0.1 [--only pipe,pipe_framed] [--mode
//   throughput]
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
  std::vector<std::string> modes{"latency", "throughput"};
};

// The control's figure: ns per trip, or messages a second.
std::optional<double> control_figure(const Pair& pair, bool stream, const Options& options,
                                     const std::vector<int>& cpus) {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string command =
      fmt::format("'{}/handwritten_{}' {} {} {} {} {} {} {}", here.string(), pair.control,
                  stream ? "stream" : "pingpong", options.size, options.seconds, cpus.at(0),
                  cpus.at(1), options.touch ? "touch" : "", pair.framed ? "framed" : "");
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

std::optional<double> ipcmark_figure(const Program& program, const RunSpec& spec, Names& names,
                                     const std::vector<int>& cpus) {
  TrialSetting setting;
  setting.cpus = cpus;
  const Trial trial = run_trial(program, spec, names, setting);
  if (trial.state != State::passed) {
    fmt::print(stderr, "{}: {}: {}\n", spec.key(), to_string(trial.state), trial.reason);
    return std::nullopt;
  }
  if (spec.scenario == "latency") {
    return static_cast<double>(trial.histograms.at("round_trip").quantile(0.5));
  }
  const Metric* rate = trial.metric("rate");
  return rate == nullptr ? std::nullopt : std::optional(rate->value);
}

RunSpec spec_of(const Pair& pair, const std::string& mode, const Options& options) {
  RunSpec spec;
  spec.scenario = mode;
  spec.backend = pair.backend;
  spec.size = options.size;
  spec.wait = Wait::block;
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
    fmt::print(stderr, "needs two CPUs: {}\n", placed.refusal);
    return false;
  }
  std::vector<double> ours;
  std::vector<double> plain;
  for (unsigned i = 0; i < options.pairs; ++i) {
    std::optional<double> a;
    std::optional<double> b;
    for (unsigned turn = 0; turn < 2; ++turn) {
      if ((i + turn) % 2 == 0) {
        a = ipcmark_figure(program, spec, names, placed.cpus);
      } else {
        b = control_figure(pair, mode != "latency", options, placed.cpus);
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
  fmt::print("| {} | {} | {} | {:.0f} | {:.0f} | {:.3f} | {:.3f} to {:.3f} |\n", spec.key(),
             name_of(pair), options.pairs, median(ours), median(plain), ratio.ratio,
             ratio.interval.low, ratio.interval.high);
  std::fflush(stdout);
  return true;
}

bool wanted(const Options& options, const Pair& pair) {
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
  app.add_option("--mode", options.modes, "latency, throughput")->delimiter(',');
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
      // A mailbox of one message is no stream.
      if (mode == "throughput" && std::string_view(pair.control) == "futex") continue;
      if (wanted(options, pair)) all = compare(program, pair, mode, options, **names) && all;
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
