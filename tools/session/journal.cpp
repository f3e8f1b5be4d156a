#include "tools/session/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "results/json/json.hpp"
#include "results/json/json_place.hpp"

namespace ipcmark {
namespace {

using nlohmann::json;

constexpr unsigned journal_major = 1;

tl::unexpected<std::string> no(std::string sentence) {
  return tl::make_unexpected(std::move(sentence));
}

std::string reason_of(int error) {
  return std::error_code(error, std::generic_category()).message();
}

// The library converts whatever number there is, and one that does not fit to nothing defined.
template <class Number>
Number whole(const json& line, const char* name) {
  const json& value = line.at(name);
  if (!value.is_number_unsigned() ||
      value.get<std::uint64_t>() > std::numeric_limits<Number>::max()) {
    throw std::range_error(name);
  }
  return value.get<Number>();
}

tl::expected<JournalHead, std::string> parse_head(const json& line) {
  if (!line.is_object() || line.value("journal", "") != "ipcmark")
    return no("not a journal of ipcmark");
  if (whole<unsigned>(line, "major") > journal_major)
    return no("written by a newer ipcmark; use that one to resume");
  JournalHead head;
  head.run_id = line.value("run", "");
  head.version = line.value("version", "");
  head.machine = line.value("machine", "");
  head.started = line.value("started", "");
  head.seed = whole<std::uint64_t>(line, "seed");
  head.trials = whole<std::uint32_t>(line, "trials");
  for (const auto& cell : line.at("cells")) {
    auto spec = spec_from_json(cell.dump());
    if (!spec) return no(spec.error());
    head.cells.push_back(std::move(*spec));
  }
  return head;
}

tl::expected<JournalEntry, std::string> parse_entry(const json& line, std::size_t cells) {
  JournalEntry entry;
  entry.cell = whole<std::size_t>(line, "index");
  entry.key = line.at("cell").get<std::string>();
  if (entry.cell >= cells) return no("names a cell the first line does not have");
  auto trial = trial_from_json(line.at("trial").dump());
  if (!trial) return no(trial.error());
  entry.trial = std::move(*trial);
  entry.trial.round = whole<std::uint32_t>(line, "round");
  entry.trial.position = whole<std::uint32_t>(line, "position");
  return entry;
}

// The library throws; what a file holds is no bug of ours, so it ends here.
tl::expected<void, std::string> take_line(std::string_view line, bool first, JournalText& result) {
  try {
    const auto value = parse_json(line);
    if (!value) return no(value.error());
    if (first) {
      auto head = parse_head(*value);
      if (!head) return no(head.error());
      result.head = std::move(*head);
      return {};
    }
    auto entry = parse_entry(*value, result.head.cells.size());
    if (!entry) return no(entry.error());
    result.entries.push_back(std::move(*entry));
    return {};
  } catch (const json::exception&) {
    return no("not a journal's: a field is missing or of the wrong kind");
  } catch (const std::range_error& error) {
    return no(fmt::format("not a journal's: '{}' must be a whole number that fits", error.what()));
  }
}

// A device may have no end.
bool is_regular(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

tl::expected<Fd, std::string> open_locked(const std::string& path, int flags) {
  Fd file{::open(path.c_str(), flags | O_APPEND | O_CLOEXEC, 0666)};
  if (!file) return no(fmt::format("cannot write the journal {}: {}", path, reason_of(errno)));
  if (!is_regular(file.get()))
    return no(fmt::format("cannot write the journal {}: not a regular file", path));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    return no(fmt::format("the journal {} is being written by another run", path));
  return file;
}

}  // namespace

std::string journal_head_line(const JournalHead& head) {
  auto cells = json::array();
  for (const auto& spec : head.cells) cells.push_back(json::parse(spec_to_json(spec)));
  const json line{
      {"journal", "ipcmark"},    {"major", journal_major},  {"run", head.run_id},
      {"version", head.version}, {"machine", head.machine}, {"started", head.started},
      {"seed", head.seed},       {"trials", head.trials},   {"cells", std::move(cells)}};
  return line.dump() + "\n";
}

std::string journal_entry_line(const JournalEntry& entry) {
  // The trial is text already: parsing its histograms again only to print them would be waste.
  return fmt::format(R"({{"cell":{},"index":{},"round":{},"position":{},"trial":{}}})",
                     json(entry.key).dump(), entry.cell, entry.trial.round, entry.trial.position,
                     trial_to_json(entry.trial)) +
         "\n";
}

tl::expected<JournalText, std::string> parse_journal(std::string_view text) {
  JournalText result;
  std::size_t number = 0;
  for (;;) {
    const auto end = text.find('\n', result.whole_bytes);
    if (end == std::string_view::npos) break;
    ++number;
    const auto line = text.substr(result.whole_bytes, end - result.whole_bytes);
    if (auto taken = take_line(line, number == 1, result); !taken)
      return no(fmt::format("line {}: {}", number, taken.error()));
    result.whole_bytes = end + 1;
  }
  if (number == 0) return no("line 1: empty or cut off, so nothing can be resumed from it");
  return result;
}

tl::expected<JournalText, std::string> read_journal(const std::string& path) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file) return no(fmt::format("cannot read the journal {}: {}", path, reason_of(errno)));
  if (!is_regular(file.get()))
    return no(fmt::format("cannot read the journal {}: not a regular file", path));
  std::string text;
  std::string buffer(std::size_t{1} << 16U, '\0');
  for (;;) {
    const auto got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return no(fmt::format("cannot read the journal {}: {}", path, reason_of(errno)));
    if (got == 0) break;
    text.append(buffer, 0, static_cast<std::size_t>(got));
  }
  auto parsed = parse_journal(text);
  if (!parsed) return no(fmt::format("the journal {}: {}", path, parsed.error()));
  return parsed;
}

std::string misfit(const JournalHead& journal, const JournalHead& run) {
  if (journal.cells != run.cells)
    return fmt::format(
        "the journal was written for another plan ({} cells, this run has {}); "
        "resume with the options it was started with",
        journal.cells.size(), run.cells.size());
  if (journal.seed != run.seed)
    return fmt::format("the journal was written with --seed {}, this run has {}", journal.seed,
                       run.seed);
  if (journal.trials != run.trials)
    return fmt::format("the journal was written with --trials {}, this run has {}", journal.trials,
                       run.trials);
  if (journal.version != run.version)
    return fmt::format("the journal was written by ipcmark {}, this is {}", journal.version,
                       run.version);
  if (journal.machine != run.machine)
    return fmt::format("the journal was measured on another machine or kernel ({}; this is {})",
                       journal.machine, run.machine);
  return {};
}

Plan plan_of(const JournalHead& head) {
  Plan plan;
  plan.cells = head.cells;
  plan.trials = head.trials;
  plan.seed = head.seed;
  return plan;
}

tl::expected<Journal, std::string> Journal::start(const std::string& path,
                                                  const JournalHead& head) {
  auto file = open_locked(path, O_RDWR | O_CREAT);
  if (!file) return no(file.error());
  if (const auto before = read_journal(path); before && !before->entries.empty())
    return no(
        fmt::format("{} holds {} trials of a run that did not end; go on with --resume {}, "
                    "or remove it",
                    path, before->entries.size(), path));
  if (::ftruncate(file->get(), 0) != 0)
    return no(fmt::format("cannot write the journal {}: {}", path, reason_of(errno)));
  Journal journal{std::move(*file), path};
  if (auto done = journal.write_line(journal_head_line(head)); !done) return no(done.error());
  return journal;
}

tl::expected<Journal, std::string> Journal::go_on(const std::string& path,
                                                  std::size_t whole_bytes) {
  auto file = open_locked(path, O_WRONLY);
  if (!file) return no(file.error());
  if (::ftruncate(file->get(), static_cast<off_t>(whole_bytes)) != 0)
    return no(fmt::format("cannot write the journal {}: {}", path, reason_of(errno)));
  return Journal{std::move(*file), path};
}

tl::expected<void, std::string> Journal::append(const JournalEntry& entry) {
  return write_line(journal_entry_line(entry));
}

tl::expected<void, std::string> Journal::write_line(const std::string& line) {
  const auto before = ::lseek(file_.get(), 0, SEEK_END);
  ssize_t put = 0;
  do {
    put = ::write(file_.get(), line.data(), line.size());
  } while (put < 0 && errno == EINTR);
  if (put == static_cast<ssize_t>(line.size())) return {};
  const int error = put < 0 ? errno : ENOSPC;  // a regular file takes less only when it is full
  if (put > 0 && before >= 0) (void)!::ftruncate(file_.get(), before);
  return no(fmt::format("cannot write the journal {}: {}", path_, reason_of(error)));
}

}  // namespace ipcmark
