#include "tools/files/sample_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "backends/deadline.hpp"
#include "results/export/samples_csv.hpp"

namespace ipcmark {
namespace {

// What noting one costs here, by the least of a few tries: the others were disturbed.
double cost_of_noting_ns() {
  constexpr std::uint64_t count = 100'000;
  double min = 1e9;
  for (int attempt = 0; attempt < 5; ++attempt) {
    SampleLog log(count);
    const std::uint64_t begin = now_ns();
    for (std::uint64_t i = 0; i < count; ++i) log.add(begin + i, i);
    const std::uint64_t took = now_ns() - begin;
    min = std::min(min, static_cast<double>(took) / static_cast<double>(count));
  }
  return min;
}

}  // namespace

tl::expected<SampleFile, std::string> SampleFile::open(const std::string& path, Observer& next,
                                                       const std::atomic<int>* stop) {
  auto file = GrowingFile::open(path, stop);
  if (!file) return tl::make_unexpected(file.error());
  return SampleFile{std::move(*file), next};
}

void SampleFile::started(const Plan& plan, std::size_t turns) {
  good_ = file_.append(samples_header) && good_;
  next_.started(plan, turns);
}

void SampleFile::trial_ended(const RunSpec& spec, const Trial& trial, std::uint64_t took_ns) {
  const bool saturated = is_saturated(trial);
  saturated_ += saturated ? 1U : 0U;
  for (const ProcessSamples& each : trial.samples) {
    if (saturated) continue;
    trips_ += each.trips.size();
    dropped_ += each.dropped;
  }
  good_ = file_.append(samples_to_csv(spec, trial)) && good_;
  next_.trial_ended(spec, trial, took_ns);
}

std::string SampleFile::summary() const {
  std::string text =
      fmt::format("{} trips, each noted in {:.1f} ns; the pace of every worker about every 10 ms",
                  trips_, cost_of_noting_ns());
  if (dropped_ > 0) {
    text += fmt::format("; {} trips found no room, shorten --duration", dropped_);
  }
  if (saturated_ > 0) {
    text += fmt::format("; no trips of {} saturated trial{}, which {} no times", saturated_,
                        saturated_ == 1 ? "" : "s", saturated_ == 1 ? "has" : "have");
  }
  return text;
}

}  // namespace ipcmark
