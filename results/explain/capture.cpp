#include "results/explain/capture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace ipcmark {
namespace {

constexpr std::string_view head = "ipcmark capture 1";

constexpr auto names = std::to_array<const char*>({
    "send",
    "sent",
    "receive",
    "received",
    "enter",
    "leave",
    "waking",
    "runnable",
    "switch",
    "migrate",
    "ipi",
    "in",
    "out",
    "idle",
    "awake",
    "soft",
    "softend",
    "fault",
});

std::optional<EventKind> kind_from(std::string_view word) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (word == names[i]) return static_cast<EventKind>(i);
  }
  return std::nullopt;
}

// The first words of a line that is no event. `rest`: what follows them.
bool read_fact(const std::string& word, std::istringstream& rest, Capture& capture) {
  if (word == "initiator") return static_cast<bool>(rest >> capture.initiator);
  if (word == "echo") return static_cast<bool>(rest >> capture.echo);
  if (word == "lost") return static_cast<bool>(rest >> capture.lost);
  if (word == "kernel") return static_cast<bool>(rest >> capture.has_kernel_events);
  if (word == "back-to-back") return static_cast<bool>(rest >> capture.back_to_back);
  std::int32_t number = 0;
  if (word == "call") {
    return static_cast<bool>(rest >> number >> capture.calls[number]);
  }
  if (word != "thread") return false;
  CapturedThread thread;
  if (!(rest >> number >> thread.process)) return false;
  rest.get();  // the space
  std::getline(rest, thread.name);
  capture.threads[number] = std::move(thread);
  return true;
}

bool read_event(const std::string& first, std::istringstream& rest, std::uint64_t& time,
                Capture& capture) {
  Event event;
  std::uint64_t distance = 0;
  const char* const end = first.data() + first.size();
  const auto read = std::from_chars(first.data(), end, distance);
  std::string word;
  if (read.ec != std::errc{} || read.ptr != end) return false;
  if (!(rest >> event.cpu >> event.thread >> word)) return false;
  const auto kind = kind_from(word);
  if (!kind) return false;
  event.kind = *kind;
  if (!(rest >> event.other)) event.other = 0;
  if (!(rest >> event.detail)) event.detail = 0;
  time += distance;
  event.time_ns = time;
  capture.events.push_back(event);
  return true;
}

}  // namespace

const char* to_string(EventKind kind) { return names[static_cast<std::size_t>(kind)]; }

bool is_stamp(EventKind kind) { return kind <= EventKind::received; }

void end_where_lost(Capture& capture, const std::map<std::int16_t, std::uint64_t>& lost_by_cpu) {
  for (const auto& [cpu, lost] : lost_by_cpu) {
    if (lost == 0) continue;
    std::uint64_t last_ns = 0;
    for (const Event& event : capture.events) {
      if (event.cpu == cpu) last_ns = std::max(last_ns, event.time_ns);
    }
    capture.lost += lost;
    capture.whole_until_ns = std::min(capture.whole_until_ns, last_ns);
  }
}

std::string to_text(const Capture& capture) {
  std::vector<Event> events = capture.events;
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.time_ns < b.time_ns; });
  std::string text =
      fmt::format("{}\ninitiator {}\necho {}\nlost {}\nkernel {}\n", head, capture.initiator,
                  capture.echo, capture.lost, capture.has_kernel_events ? 1 : 0);
  if (capture.back_to_back) text += "back-to-back 1\n";
  for (const auto& [number, thread] : capture.threads) {
    text += fmt::format("thread {} {} {}\n", number, thread.process, thread.name);
  }
  for (const auto& [number, name] : capture.calls)
    text += fmt::format("call {} {}\n", number, name);
  std::uint64_t before = 0;
  for (const Event& event : events) {
    text += fmt::format("{} {} {} {}", event.time_ns - before, event.cpu, event.thread,
                        to_string(event.kind));
    if (event.other != 0 || event.detail != 0) text += fmt::format(" {}", event.other);
    if (event.detail != 0) text += fmt::format(" {}", event.detail);
    text += '\n';
    before = event.time_ns;
  }
  return text;
}

bool capture_from_text(const std::string& text, Capture& capture, std::string& wrong) {
  std::istringstream lines(text);
  std::string line;
  if (!std::getline(lines, line) || line != head) {
    wrong = line;
    return false;
  }
  std::uint64_t time = 0;
  while (std::getline(lines, line)) {
    std::istringstream rest(line);
    std::string word;
    rest >> word;
    const bool event = !word.empty() && word.front() >= '0' && word.front() <= '9';
    if (event ? read_event(word, rest, time, capture) : read_fact(word, rest, capture)) continue;
    wrong = line;
    return false;
  }
  return true;
}

}  // namespace ipcmark
