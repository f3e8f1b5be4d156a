#include "results/explain/words.hpp"

#include <fmt/format.h>

#include <array>

namespace ipcmark {
namespace {

constexpr std::array<const char*, kinds_of_work> work_names = {
    "user code, and into and out of system calls",
    "in system calls",
    "waking: choosing a CPU, sending the interrupt",
    "interrupt on its way, and its handler",
    "leaving idle, and switching to the woken task",
    "message on its way from one end to the other",
    "another task ran",
    "timer interrupts and deferred work",
    "page faults",
    "moved to another CPU",
    "under way before the trip",
};

constexpr std::array<const char*, kinds_of_work> document_words = {
    "user",       "call",  "wake",  "interrupt", "idle",   "flight",
    "other_task", "timer", "fault", "move",      "before",
};

// Numbers of deferred work (linux/interrupt.h): what a system call of a socket runs on its way.
constexpr std::int32_t net_tx = 2;
constexpr std::int32_t net_rx = 3;

// In, or just after, the network's part of a system call of ours.
bool is_network_stack(const SegmentKind& kind) {
  return (kind.from == EventKind::softirq_in || kind.from == EventKind::softirq_out) &&
         (kind.from_other == net_tx || kind.from_other == net_rx) &&
         kind.owner.kind != ActorKind::other && kind.owner.kind != ActorKind::idle;
}

bool is_timer(std::int32_t interrupt) {
  return static_cast<Interrupt>(interrupt) == Interrupt::timer ||
         static_cast<Interrupt>(interrupt) == Interrupt::device;
}

bool is_in_user_code(EventKind kind) { return is_stamp(kind) || kind == EventKind::leave; }

Work work_after_interrupt(const SegmentKind& kind) {
  return is_timer(kind.from_other) ? Work::timer : Work::interrupt;
}

Work work_from_kernel_event(const SegmentKind& kind) {
  switch (kind.from) {
    case EventKind::waking:
      // Kernels before 6.4 do not tell of the interrupt that is sent: most of this is its way.
      return kind.to == EventKind::interrupt_in && !is_timer(kind.to_other) ? Work::interrupt
                                                                            : Work::wake;
    case EventKind::ipi:
      return Work::interrupt;
    case EventKind::interrupt_in:
      return work_after_interrupt(kind);
    case EventKind::runnable:
      return kind.to == EventKind::interrupt_out ? Work::interrupt : Work::wake;
    case EventKind::interrupt_out:
      return is_timer(kind.from_other) && kind.to != EventKind::idle_out ? Work::timer : Work::idle;
    case EventKind::idle_in:
    case EventKind::idle_out:
      return Work::idle;
    case EventKind::switched:
      return kind.to == EventKind::switched || kind.owner.kind == ActorKind::idle ? Work::idle
                                                                                  : Work::call;
    case EventKind::softirq_in:
      return is_network_stack(kind) ? Work::call : Work::timer;
    case EventKind::fault:
      return Work::fault;
    case EventKind::migrated:
      return Work::move;
    default:
      return Work::call;
  }
}

// On a CPU that runs something else: the interrupt is our message's all the same. After it, until
// the other task gives way, the CPU is that task's; it does not give way within a handler.
bool is_anothers(const SegmentKind& kind) {
  if (kind.owner.kind != ActorKind::other) return false;
  if (kind.to == EventKind::switched) return true;
  return kind.from != EventKind::interrupt_in && kind.from != EventKind::runnable;
}

// The CPU that is to run the woken task runs another one: how long the interrupt takes is what that
// costs. To a CPU that sleeps it is another matter, and to one of ours it is none.
bool is_sent_to_anothers_cpu(const SegmentKind& kind) {
  return (kind.from == EventKind::ipi || kind.from == EventKind::waking) &&
         kind.to == EventKind::interrupt_in && kind.subject.kind == ActorKind::other;
}

// "write" of a segment that begins or ends with that call; else "the call".
std::string call_in(const Words& words, const SegmentKind& kind) {
  if (kind.from == EventKind::enter) return name_of_call(words, kind.from_other);
  if (kind.to == EventKind::leave) return name_of_call(words, kind.to_other);
  return "the call";
}

// What a segment ends with, after "until".
std::string end_of(const SegmentKind& kind) {
  switch (kind.to) {
    case EventKind::send_called:
      return "the call of send";
    case EventKind::send_returned:
      return "send returns";
    case EventKind::receive_called:
      return "the call of receive";
    case EventKind::received:
      return "receive returns";
    case EventKind::enter:
      return "a system call";
    case EventKind::leave:
      return "the system call ends";
    case EventKind::waking:
      return "a waking";
    case EventKind::runnable:
      return "a task is runnable";
    case EventKind::switched:
      return "a switch";
    case EventKind::migrated:
      return "a task is moved";
    case EventKind::ipi:
      return "an interrupt is sent";
    case EventKind::interrupt_in:
      return "an interrupt";
    case EventKind::interrupt_out:
      return "an interrupt ends";
    case EventKind::idle_in:
      return "the CPU sleeps";
    case EventKind::idle_out:
      return "the CPU leaves idle";
    case EventKind::softirq_in:
      return kind.to_other == net_tx || kind.to_other == net_rx ? "the network stack"
                                                                : "deferred work";
    case EventKind::softirq_out:
      return "deferred work ends";
    case EventKind::fault:
      return "a page fault";
  }
  return "the end";
}

std::string user_label(const Words& words, const SegmentKind& kind, const std::string& who) {
  if (kind.to == EventKind::enter) {
    return fmt::format("{}: user code, and into {}", who, name_of_call(words, kind.to_other));
  }
  if (kind.from == EventKind::leave) {
    return fmt::format("{}: return from {} to user code", who,
                       name_of_call(words, kind.from_other));
  }
  if (kind.from == EventKind::send_called) {
    return who + (kind.from_other != 0 ? ": loan, the message written, publish" : ": in send");
  }
  if (kind.from == EventKind::received) return who + ": user code between receive and send";
  if (kind.from == EventKind::send_returned) return who + ": user code between send and receive";
  return who + ": in receive";
}

std::string interrupt_name(std::int32_t interrupt) {
  switch (static_cast<Interrupt>(interrupt)) {
    case Interrupt::timer:
      return "timer interrupt";
    case Interrupt::device:
      return "interrupt of a device";
    default:
      return "interrupt handler";
  }
}

std::string handler_label(const SegmentKind& kind, const std::string& subject) {
  std::string name = interrupt_name(kind.from_other);
  if (kind.to == EventKind::runnable) return name + ", until " + subject + " is runnable";
  if (kind.to == EventKind::interrupt_out) return name;
  return name + ", until " + end_of(kind);
}

std::string waking_label(const SegmentKind& kind, const std::string& who,
                         const std::string& subject) {
  // Where interrupts are not recorded, they and what follows them are in one segment.
  if (kind.to == EventKind::switched) return "waking: until " + subject + " is switched in";
  if (kind.inferred) return fmt::format("waking {}: until {}", subject, end_of(kind));
  if (kind.to == EventKind::ipi) {
    return "waking " + subject + ": choose a CPU, queue it, send the interrupt";
  }
  if (kind.to == EventKind::runnable) return "waking " + subject + ": choose a CPU, queue it";
  if (kind.to == EventKind::interrupt_in) return "waking: until the other CPU's interrupt begins";
  return fmt::format("{}: rest of waking, until {}", who, end_of(kind));
}

std::string switch_label(const Words& words, const SegmentKind& kind, const std::string& who,
                         const std::string& subject) {
  if (kind.to == EventKind::leave) {
    return fmt::format("{}: switched in, rest of {}", who, call_in(words, kind));
  }
  if (kind.to == EventKind::switched) return who + ": on the CPU, until it gives it up";
  if (kind.to == EventKind::waking) {
    return fmt::format("{}: switched in, until it wakes {}", who, subject);
  }
  return fmt::format("{}: switched in, until {}", who, end_of(kind));
}

std::string deferred_label(const Words& words, const SegmentKind& kind, const std::string& who,
                           const std::string& subject) {
  const bool network = is_network_stack(kind);
  if (kind.from == EventKind::softirq_in) {
    if (!network) return "deferred work of interrupts";
    if (kind.to != EventKind::waking) return who + ": network stack";
    return fmt::format("{}: network stack, until it wakes {}", who, subject);
  }
  if (!network) return fmt::format("{}: after deferred work, until {}", who, end_of(kind));
  if (kind.to != EventKind::leave) return who + ": after the network stack";
  return fmt::format("{}: after the network stack, rest of {}", who, call_in(words, kind));
}

// Of what the kernel came into.
std::string interrupted_label(const SegmentKind& kind, const std::string& who,
                              const std::string& subject) {
  const char* where = kind.from == EventKind::send_called      ? "in send"
                      : kind.from == EventKind::receive_called ? "in receive"
                                                               : "user code";
  if (kind.to == EventKind::waking) {
    return fmt::format("{}: {}, until it wakes {}", who, where, subject);
  }
  if (kind.to == EventKind::switched) {
    return fmt::format("{}: {}, until it gives the CPU up", who, where);
  }
  return fmt::format("{}: {}, until {}", who, where, end_of(kind));
}

std::string kernel_label(const Words& words, const SegmentKind& kind, const std::string& who,
                         const std::string& subject) {
  switch (kind.from) {
    case EventKind::enter:
      if (kind.to == EventKind::waking) {
        return fmt::format("{}: in {}, until it wakes {}", who, call_in(words, kind), subject);
      }
      if (kind.to == EventKind::switched) {
        return fmt::format("{}: in {}, until it gives the CPU up", who, call_in(words, kind));
      }
      if (kind.to == EventKind::leave) return fmt::format("{}: in {}", who, call_in(words, kind));
      return fmt::format("{}: in {}, until {}", who, call_in(words, kind), end_of(kind));
    case EventKind::waking:
      return waking_label(kind, who, subject);
    case EventKind::ipi:
      return kind.to == EventKind::interrupt_in ? "interrupt on its way to the other CPU"
                                                : "after the interrupt is sent";
    case EventKind::interrupt_in:
      return handler_label(kind, subject);
    case EventKind::runnable:
      if (kind.to == EventKind::interrupt_out) return "interrupt handler, its end";
      if (kind.to == EventKind::leave) {
        return fmt::format("{}: rest of {}", who, call_in(words, kind));
      }
      return fmt::format("{}: after queueing, until {}", who, end_of(kind));
    case EventKind::interrupt_out:
      if (kind.to == EventKind::idle_out) return "the CPU leaves idle";
      if (kind.to == EventKind::switched) return "switch to " + subject;
      if (kind.to == EventKind::leave) {
        return fmt::format("leave idle, switch to {}, rest of {}", subject, call_in(words, kind));
      }
      return fmt::format("{}: after an interrupt, until {}", who, end_of(kind));
    case EventKind::idle_in:
      return "the CPU sleeps";
    case EventKind::idle_out:
      if (kind.to == EventKind::switched) return "idle loop to scheduler, switch to " + subject;
      return fmt::format("out of idle, until {}", end_of(kind));
    case EventKind::switched:
      return switch_label(words, kind, who, subject);
    case EventKind::softirq_in:
    case EventKind::softirq_out:
      return deferred_label(words, kind, who, subject);
    case EventKind::fault:
      return who + ": page fault";
    case EventKind::migrated:
      return subject + ": moved to another CPU";
    default:
      return interrupted_label(kind, who, subject);
  }
}

}  // namespace

const char* to_string(Work work, bool kernel_seen) {
  if (work == Work::user && !kernel_seen) {
    return "user code, and what sends and receives do in the kernel";
  }
  if (work == Work::call && !kernel_seen) return "what a task does once it is switched in";
  if (work == Work::wake && !kernel_seen) return "waking: until the woken task runs";
  return work_names[static_cast<std::size_t>(work)];
}

const char* word_of(Work work) { return document_words[static_cast<std::size_t>(work)]; }

std::optional<Work> work_from(std::string_view word) {
  for (std::size_t i = 0; i < kinds_of_work; ++i) {
    if (word == document_words[i]) return static_cast<Work>(i);
  }
  return std::nullopt;
}

bool is_disturbance(Work work) {
  return work == Work::other_task || work == Work::timer || work == Work::fault ||
         work == Work::move;
}

Work work_of(const SegmentKind& kind) {
  if (kind.before) return Work::before;
  if (kind.hop) return Work::flight;
  if (is_anothers(kind) || is_sent_to_anothers_cpu(kind)) return Work::other_task;
  if (kind.to == EventKind::interrupt_in && is_stamp(kind.from)) return Work::user;
  if (is_in_user_code(kind.from) && (is_stamp(kind.to) || kind.to == EventKind::enter)) {
    return Work::user;
  }
  if (is_in_user_code(kind.from)) return Work::user;
  return work_from_kernel_event(kind);
}

Words words_of(const Timeline& timeline) { return {timeline.capture().calls, timeline.helpers()}; }

void add(Words& words, const Words& more) {
  words.calls.insert(more.calls.begin(), more.calls.end());
  if (more.helpers.size() > words.helpers.size()) words.helpers = more.helpers;
}

std::string name_of_call(const Words& words, std::int32_t number) {
  const auto known = words.calls.find(number);
  return known == words.calls.end() ? "system call " + std::to_string(number) : known->second;
}

std::string name_of(const Words& words, const Actor& actor) {
  switch (actor.kind) {
    case ActorKind::initiator:
      return "A";
    case ActorKind::echo:
      return "B";
    case ActorKind::idle:
      return "idle";
    case ActorKind::helper:
      return actor.number < words.helpers.size() ? words.helpers[actor.number] : "a helper thread";
    case ActorKind::other:
      break;
  }
  return "another task";
}

std::string label(const Words& words, const SegmentKind& kind) {
  const std::string who = name_of(words, kind.owner);
  const std::string subject = name_of(words, kind.subject);
  if (kind.before) return "under way before the trip (" + who + ")";
  if (kind.hop && kind.from == EventKind::send_called) {
    return "message from " + who + " to " + subject + ", from the call of send on";
  }
  if (kind.hop) return "message on its way to " + subject;
  if (is_anothers(kind)) {
    return kind.inferred ? "another task ran (switch not recorded)" : "another task ran";
  }
  if (is_sent_to_anothers_cpu(kind)) return "another task ran: interrupt on its way to its CPU";
  std::string text = work_of(kind) == Work::user && is_in_user_code(kind.from) &&
                             (is_stamp(kind.to) || kind.to == EventKind::enter)
                         ? user_label(words, kind, who)
                         : kernel_label(words, kind, who, subject);
  if (kind.inferred) text += " (switch not recorded)";
  return text;
}

}  // namespace ipcmark
