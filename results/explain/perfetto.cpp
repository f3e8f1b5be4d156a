#include "results/explain/perfetto.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "results/explain/chain.hpp"
#include "results/explain/words.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::json;

// Rows that are no process: the CPUs of a cell, and the ways of its trips. Beyond any process id.
constexpr std::int32_t first_made_up_pid = 1 << 30;

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

const char* name_of(Interrupt interrupt) {
  switch (interrupt) {
    case Interrupt::reschedule:
      return "reschedule interrupt";
    case Interrupt::call_function:
      return "function call interrupt";
    case Interrupt::timer:
      return "timer interrupt";
    case Interrupt::device:
      return "interrupt of a device";
    case Interrupt::other:
      break;
  }
  return "interrupt";
}

const char* name_of_softirq(std::int32_t number) {
  constexpr const char* names[] = {"HI",       "TIMER",   "NET_TX", "NET_RX",  "BLOCK",
                                   "IRQ_POLL", "TASKLET", "SCHED",  "HRTIMER", "RCU"};
  constexpr auto count = static_cast<std::int32_t>(std::size(names));
  return number >= 0 && number < count ? names[number] : "other";
}

// A row of the page: where slices may lie in each other.
struct Row {
  std::int32_t pid = 0, tid = 0;
  auto operator<=>(const Row&) const = default;  // NOLINT(modernize-use-nullptr)
};

class PerfettoText {
 public:
  void add(const Json& json) {
    text_ += text_.empty() ? "[\n" : ",\n";
    text_ += json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  void name_process(std::int32_t pid, const std::string& name) {
    add({{"name", "process_name"},
         {"ph", "M"},
         {"pid", pid},
         {"tid", pid},
         {"args", {{"name", name}}}});
  }
  void name_thread(Row row, const std::string& name) {
    add({{"name", "thread_name"},
         {"ph", "M"},
         {"pid", row.pid},
         {"tid", row.tid},
         {"args", {{"name", name}}}});
  }
  void slice(Row row, const std::string& name, std::uint64_t from_ns, std::uint64_t to_ns,
             const char* category) {
    add({{"name", name},
         {"cat", category},
         {"ph", "X"},
         {"ts", microseconds(from_ns)},
         {"dur", microseconds(to_ns - from_ns)},
         {"pid", row.pid},
         {"tid", row.tid}});
  }
  void instant(Row row, const std::string& name, std::uint64_t at_ns) {
    add({{"name", name},
         {"cat", "kernel"},
         {"ph", "i"},
         {"s", "t"},
         {"ts", microseconds(at_ns)},
         {"pid", row.pid},
         {"tid", row.tid}});
  }
  // The end of an arrow; `begins`: its begin.
  void arrow(bool begins, Row row, std::uint64_t number, std::uint64_t at_ns) {
    Json json = {{"name", "waking"}, {"cat", "kernel"},           {"ph", begins ? "s" : "f"},
                 {"id", number},     {"ts", microseconds(at_ns)}, {"pid", row.pid},
                 {"tid", row.tid}};
    if (!begins) json["bp"] = "e";
    add(json);
  }
  std::string text() const { return (text_.empty() ? "[" : text_) + "\n]\n"; }

 private:
  std::string text_;
};

// A row of a CPU: what runs, interrupts, deferred work, idle. 0 would be taken for the idle task.
std::int32_t lane_of(std::int16_t cpu, int lane) { return 4 * cpu + lane + 1; }

// What has begun on a row and not yet ended.
struct Open {
  std::string name;
  std::uint64_t from_ns = 0;
};

// One traced trial.
class TrialText {
 public:
  TrialText(const CellObservations& cell, const Timeline& timeline, std::int32_t made_up_pid,
            std::uint64_t& arrows, PerfettoText& to)
      : cell_(cell),
        timeline_(timeline),
        words_(words_of(timeline)),
        cpus_pid_(made_up_pid),
        ways_pid_(made_up_pid + 1),
        arrows_(arrows),
        to_(to) {}
  void write();

 private:
  void write_names();
  void write_ways();
  void take(const Event& event);
  void take_stamp(const Event& event);
  void take_switch(const Event& event);
  void begin(std::map<Row, Open>& open, Row row, std::string name, std::uint64_t at_ns);
  void end(std::map<Row, Open>& open, Row row, std::uint64_t at_ns, const char* category);
  Row thread_row(std::int32_t thread) const;
  Row cpu_row(const Event& event, int lane) const { return {cpus_pid_, lane_of(event.cpu, lane)}; }

  const CellObservations& cell_;
  const Timeline& timeline_;
  Words words_;
  std::int32_t cpus_pid_, ways_pid_;
  std::uint64_t& arrows_;
  PerfettoText& to_;
  std::map<Row, Open> operations_, calls_, cpus_;
  std::map<std::int32_t, std::uint64_t> woken_;  // the arrow to the switch that is yet to come
};

Row TrialText::thread_row(std::int32_t thread) const {
  const auto known = timeline_.capture().threads.find(thread);
  const bool ours = known != timeline_.capture().threads.end() && known->second.process != 0;
  return {ours ? known->second.process : thread, thread};
}

void TrialText::begin(std::map<Row, Open>& open, Row row, std::string name, std::uint64_t at_ns) {
  open[row] = {std::move(name), at_ns};
}

void TrialText::end(std::map<Row, Open>& open, Row row, std::uint64_t at_ns, const char* category) {
  const auto begun = open.find(row);
  if (begun == open.end()) return;  // before the first event
  to_.slice(row, begun->second.name, begun->second.from_ns, at_ns, category);
  open.erase(begun);
}

void TrialText::take_stamp(const Event& event) {
  const Row row = thread_row(event.thread);
  if (event.kind == EventKind::send_called) begin(operations_, row, "send", event.time_ns);
  if (event.kind == EventKind::receive_called) begin(operations_, row, "receive", event.time_ns);
  if (event.kind == EventKind::send_returned || event.kind == EventKind::received) {
    end(operations_, row, event.time_ns, "operation");
  }
}

void TrialText::take_switch(const Event& event) {
  const Row row = cpu_row(event, 0);
  end(cpus_, row, event.time_ns, "cpu");
  begin(cpus_, row, timeline_.name(event.other), event.time_ns);
  const auto arrow = woken_.find(event.other);
  if (arrow == woken_.end()) return;
  to_.arrow(false, row, arrow->second, event.time_ns);
  woken_.erase(arrow);
}

void TrialText::take(const Event& event) {
  const std::uint64_t at_ns = event.time_ns;
  switch (event.kind) {
    case EventKind::enter:
      return begin(calls_, thread_row(event.thread), name_of_call(words_, event.other), at_ns);
    case EventKind::leave:
      return end(calls_, thread_row(event.thread), at_ns, "system call");
    case EventKind::switched:
      return take_switch(event);
    case EventKind::waking:
      woken_[event.other] = ++arrows_;
      to_.instant(cpu_row(event, 0), "waking " + timeline_.name(event.other), at_ns);
      return to_.arrow(true, cpu_row(event, 0), arrows_, at_ns);
    case EventKind::interrupt_in:
      return begin(cpus_, cpu_row(event, 1), name_of(static_cast<Interrupt>(event.other)), at_ns);
    case EventKind::interrupt_out:
      return end(cpus_, cpu_row(event, 1), at_ns, "interrupt");
    case EventKind::softirq_in:
      return begin(cpus_, cpu_row(event, 2), name_of_softirq(event.other), at_ns);
    case EventKind::softirq_out:
      return end(cpus_, cpu_row(event, 2), at_ns, "deferred work");
    case EventKind::idle_in:
      return begin(cpus_, cpu_row(event, 3), "idle", at_ns);
    case EventKind::idle_out:
      return end(cpus_, cpu_row(event, 3), at_ns, "idle");
    case EventKind::ipi:
      return to_.instant(cpu_row(event, 0), fmt::format("interrupt sent to CPU {}", event.other),
                         at_ns);
    case EventKind::fault:
      return to_.instant(thread_row(event.thread), "page fault", at_ns);
    case EventKind::migrated:
      return to_.instant(
          cpu_row(event, 0),
          fmt::format("{} moved to CPU {}", timeline_.name(event.other), event.detail), at_ns);
    case EventKind::runnable:
      return;
    default:
      return take_stamp(event);
  }
}

void TrialText::write_names() {
  to_.name_process(cpus_pid_, "CPUs (" + cell_.key + ")");
  to_.name_process(ways_pid_, "ways of trips (" + cell_.key + ")");
  to_.name_thread({ways_pid_, 1}, "trips");
  to_.name_thread({ways_pid_, 2}, "segments");
  std::set<std::int16_t> cpus;
  for (const Event& event : timeline_.capture().events) {
    if (event.cpu >= 0 && !is_stamp(event.kind)) cpus.insert(event.cpu);
  }
  for (const std::int16_t cpu : cpus) {
    to_.name_thread({cpus_pid_, lane_of(cpu, 0)}, fmt::format("CPU {}", cpu));
    to_.name_thread({cpus_pid_, lane_of(cpu, 1)}, fmt::format("CPU {} interrupts", cpu));
    to_.name_thread({cpus_pid_, lane_of(cpu, 2)}, fmt::format("CPU {} deferred work", cpu));
    to_.name_thread({cpus_pid_, lane_of(cpu, 3)}, fmt::format("CPU {} idle", cpu));
  }
  for (const auto& [thread, about] : timeline_.capture().threads) {
    if (about.process == 0) continue;
    if (about.process == thread) {
      to_.name_process(thread, fmt::format("{} ({})", timeline_.name(thread), cell_.key));
    }
    to_.name_thread({about.process, thread}, timeline_.name(thread));
  }
}

void TrialText::write_ways() {
  std::size_t number = 0;
  for (const Chain& chain : chains_of(timeline_)) {
    to_.slice({ways_pid_, 1}, fmt::format("trip {}", ++number), chain.begin_ns, chain.end_ns,
              "trip");
    for (const Segment& segment : chain.segments) {
      to_.slice({ways_pid_, 2}, label(words_, segment.kind), segment.begin_ns, segment.end_ns,
                word_of(work_of(segment.kind)));
    }
  }
}

void TrialText::write() {
  write_names();
  for (const Event& event : timeline_.capture().events) take(event);
  write_ways();
}

}  // namespace

std::string to_perfetto(const std::vector<CellObservations>& cells) {
  PerfettoText text;
  std::int32_t made_up_pid = first_made_up_pid;
  std::uint64_t arrows = 0;
  for (const CellObservations& cell : cells) {
    for (auto round = cell.rounds.rbegin(); round != cell.rounds.rend(); ++round) {
      if (!round->timeline) continue;
      TrialText(cell, *round->timeline, made_up_pid, arrows, text).write();
      made_up_pid += 2;
      break;
    }
  }
  return text.text();
}

}  // namespace ipcmark
