#include "tools/session/run_journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "results/comparison/fingerprint.hpp"
#include "scenarios/machine/build_facts.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/interleave.hpp"
#include "tools/session/session.hpp"

namespace ipcmark {
namespace {

using Done = tl::expected<void, std::string>;

Done keep(tl::expected<Journal, std::string> opened, std::optional<Journal>& journal) {
  if (!opened) return tl::make_unexpected(opened.error());
  journal.emplace(std::move(*opened));
  return {};
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || std::filesystem::equivalent(a, b, error);
}

std::string damage_note(const std::string& path, const JournalFile& read, std::size_t taken,
                        const std::string& kept) {
  return fmt::format(
      "'{}' is damaged ({}): {} trial{} before that {} taken, the rest is measured "
      "again{}",
      path, read.text.damage, taken, taken == 1 ? "" : "s", taken == 1 ? "is" : "are",
      kept.empty() ? "" : fmt::format("; as it was, it is in '{}'", kept));
}

}  // namespace

bool is_yet_to_begin(const std::string& json, const std::string& resume) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (json.empty() || resume.empty()) return false;
  const fs::file_status status = fs::status(resume, error);
  if (!fs::exists(status)) {
    return status.type() == fs::file_type::not_found &&
           fs::path(json + ".journal").lexically_normal() == fs::path(resume).lexically_normal();
  }
  return fs::is_regular_file(status) && fs::file_size(resume, error) == 0 && !error &&
         same_file(json + ".journal", resume);
}

JournalHead journal_head(const Plan& plan, const std::string& run_id,
                         const Environment& environment) {
  JournalHead head;
  head.run_id = run_id;
  head.version = fmt::format("{} ({})", build_facts().version, build_facts().revision);
  head.started = utc_now();
  head.conditions = fingerprint(environment);
  head.cpus = allowed_cpus();
  head.seed = plan.seed;
  head.trials = plan.trials;
  head.cells = plan.cells;
  head.shard = plan.shard;
  return head;
}

tl::expected<RunJournal, std::string> RunJournal::open(const JournalPlaces& places,
                                                       const Program& program, const Plan& plan,
                                                       const JournalHead& head, bool adds_rounds) {
  RunJournal journal;
  journal.of_this_run_ = !places.path.empty();
  const Done done = places.resume.empty()
                        ? journal.begin(places, head)
                        : journal.resume(places, program, plan, head, adds_rounds);
  if (!done) return tl::make_unexpected(done.error());
  journal.head_.cells.clear();
  return journal;
}

Done RunJournal::begin(const JournalPlaces& places, const JournalHead& head) {
  head_ = head;
  if (places.path.empty()) return {};
  if (places.fresh) {
    const auto aside = set_aside(places.path);
    if (!aside) return tl::make_unexpected(aside.error());
    if (!aside->empty())
      notes_.push_back(fmt::format("what lay in '{}' is now in '{}'", places.path, *aside));
  }
  return keep(Journal::start(places.path, head), file_);
}

Done RunJournal::resume(const JournalPlaces& places, const Program& program, const Plan& plan,
                        JournalHead head, bool adds_rounds) {
  const auto old = read_journal(places.resume);
  if (!old) return tl::make_unexpected(old.error());
  const JournalHead& before = old->text.head;
  if (head.labels.empty()) head.labels = before.labels;
  if (head.host.empty() && !before.host.empty()) head.host = host_name();
  if (const auto reason = mismatch(before, head); !reason.empty())
    return tl::make_unexpected(fmt::format("'{}': {}", places.resume, reason));
  if (auto taken = take(old->text, program, plan, adds_rounds); !taken)
    return tl::make_unexpected(fmt::format("'{}': {}", places.resume, taken.error()));
  head.started = before.started;
  if (!before.run_id.empty()) head.run_id = before.run_id;
  std::string kept;
  if (places.path.empty() || same_file(places.path, places.resume)) {
    if (auto opened = keep(Journal::go_on(places.resume, *old, kept), file_); !opened)
      return opened;
  } else {
    if (auto opened = keep(Journal::start(places.path, head), file_); !opened) return opened;
    for (const auto& entry : taken_)
      if (auto copied = file_->append(entry); !copied) return copied;
  }
  head_ = std::move(head);
  if (!old->text.damage.empty())
    notes_.push_back(damage_note(places.resume, *old, taken_.size(), kept));
  return {};
}

Done RunJournal::take(const JournalText& old, const Program& program, const Plan& plan,
                      bool adds_rounds) {
  const std::vector<Turn> turns = interleave(program, plan);
  std::set<std::pair<std::size_t, std::uint32_t>> seen;
  for (const auto& entry : old.entries) {
    const bool known = std::any_of(turns.begin(), turns.end(), [&](const Turn& turn) {
      return turn.cell == entry.cell && turn.round == entry.trial.round &&
             turn.position == entry.trial.position;
    });
    // Rounds beyond the plan's were added for intervals, or narrower ones.
    const bool added = adds_rounds && entry.trial.round >= plan.trials;
    if (!known && !added)
      return tl::make_unexpected(
          fmt::format("it holds a trial of {} in round {} that this plan does not have; resume "
                      "with the options it was started with",
                      entry.key, entry.trial.round));
    if (seen.emplace(entry.cell, entry.trial.round).second) taken_.push_back(entry);
  }
  return {};
}

Done RunJournal::append(const JournalEntry& entry) {
  if (!file_ || lost_) return {};
  auto written = file_->append(entry);
  lost_ = !written;
  return written;
}

void RunJournal::remove() {
  if (file_ && of_this_run_) file_->remove();
}

}  // namespace ipcmark
