#include "scenarios/link/handover.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <utility>

#include "backends/kernel/anonymous_file.hpp"
#include "results/json/json_values.hpp"

namespace ipcmark {
namespace {

// Reads the whole of a message of our own. corrupt: it is none.
template <class Value>
Result<Value> taken(const std::string& text, const char* what) {
  auto value = read_json<Value>(
      text, [](const JsonCursor& cursor, Value& into) { FieldReader::read(cursor, into); });
  if (!value) return fail(Errc::corrupt, what);
  return std::move(*value);
}

}  // namespace

namespace {

// Too many for JSON: they travel in a memfd.
Result<Fd> trips_in_memfd(const std::vector<TimedEvent>& trips) {
  auto memfd = create_anonymous_file("ipcmark.samples");
  if (!memfd) return memfd;
  const auto bytes = std::as_bytes(std::span(trips));
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put = ::write(memfd->get(), bytes.data() + done, bytes.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail(Errc::system, "write memfd", errno);
    done += static_cast<std::size_t>(put);
  }
  return memfd;
}

Result<std::vector<TimedEvent>> trips_from_memfd(const Fd& memfd) {
  struct stat status {};
  if (::fstat(memfd.get(), &status) != 0) return fail(Errc::system, "fstat", errno);
  std::vector<TimedEvent> trips(static_cast<std::size_t>(status.st_size) / sizeof(TimedEvent));
  const auto bytes = std::as_writable_bytes(std::span(trips));
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got =
        ::pread(memfd.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(Errc::system, "read memfd", errno);
    done += static_cast<std::size_t>(got);
  }
  return trips;
}

}  // namespace

// The members of each message, by argument-dependent lookup from the reader and the writer.

template <class Fields, Described<ChannelSpec> Value>
void fields(Fields& with, Value& spec) {
  with.required("largest_message", spec.largest_message);
  with.required("depth", spec.depth);
  with.required("senders", spec.senders);
  with.required("receivers", spec.receivers);
  with.required("batch", spec.batch);
  with.required("topic_at", spec.topic_at);
  with.required_word("wait", spec.wait, wait_from);
  with.required_word("huge_pages", spec.huge_pages, huge_pages_from);
  with.required_word("wake", spec.wake, wake_from);
}

template <class Fields, Described<TraceEvent> Value>
void fields(Fields& with, Value& event) {
  with.required("name", event.name);
  with.required("start_ns", event.start_ns);
  with.required("duration_ns", event.duration_ns);
  with.required("outcome", event.outcome);
}

template <class Fields, Described<ProcessTrace> Value>
void fields(Fields& with, Value& trace) {  // the coordinator knows the rest
  with.required("dropped", trace.dropped);
  with.required("events", trace.events);
}

template <class Fields, Described<WorkerReport> Value>
void fields(Fields& with, Value& report) {
  using Measured = std::conditional_t<std::is_const_v<Value>, const Measurements, Measurements>;
  with.required("role", report.role);
  with.required("ok", report.ok);
  with.required("reason", report.reason);
  fields(with, static_cast<Measured&>(report));
  with.required("tallies", report.tallies);
  with("polled", report.polled);
  with("granted", report.granted);
  with.required("cost", report.cost);
}

template <class Fields, Described<SentReport> Value>
void fields(Fields& with, Value& sent) {
  with.required("report", sent.report);
  with.required("trace", sent.trace);
  with.required("dropped_trips", sent.dropped_trips);
}

template <class Fields, Described<Assignment> Value>
void fields(Fields& with, Value& assignment) {
  with.required("spec", assignment.spec);
  with.required("index", assignment.index);
  with.required("roles", assignment.roles);
  with.required("locks", assignment.locks);
  with.required("notifiers", assignment.notifiers);
  with.required("channel_ids", assignment.channel_ids);
  with.required("buffer_bytes", assignment.buffer_bytes);
  with.required("cpu", assignment.cpu);
  with.required("shared_bytes", assignment.shared_bytes);
  with.required("trace", assignment.trace);
  with.required("trace_every", assignment.trace_every);
  with.required("samples", assignment.samples);
}

namespace {

// Of an address, what is no descriptor; its id is the message's.
struct AddressText {
  std::uint32_t index = 0;
  std::string backend;
  std::string name;
  ChannelSpec spec;
};

template <class Fields, Described<AddressText> Value>
void fields(Fields& with, Value& text) {
  with.required("index", text.index);
  with.required("backend", text.backend);
  with.required("name", text.name);
  with.required("spec", text.spec);
}

}  // namespace

std::string assignment_to_json(const Assignment& assignment) {
  return one_line(described(assignment));
}

Result<Assignment> assignment_from_json(const std::string& text) {
  auto assignment = taken<Assignment>(text, "assignment");
  if (assignment &&
      (assignment->index >= assignment->roles.size() || assignment->index >= max_workers)) {
    return fail(Errc::corrupt, "assignment: index");
  }
  return assignment;
}

LinkMessage address_message(MessageType type, std::uint32_t channel, std::uint32_t index,
                            Address address) {
  LinkMessage message;
  message.type = type;
  message.value = channel;
  message.id = address.id;
  message.text =
      one_line(described(AddressText{index, address.backend, address.name, address.spec}));
  message.descriptors = std::move(address.descriptors);
  return message;
}

Result<GivenAddress> address_from_message(LinkMessage message) {
  auto text = taken<AddressText>(message.text, "address");
  if (!text) return tl::make_unexpected(text.error());
  GivenAddress given;
  given.index = text->index;
  given.address.id = message.id;
  given.address.backend = std::move(text->backend);
  given.address.name = std::move(text->name);
  given.address.spec = text->spec;
  given.address.descriptors = std::move(message.descriptors);
  return given;
}

LinkMessage report_message(const SentReport& sent) {
  LinkMessage message;
  message.type = MessageType::report;
  message.value = sent.code ? 1U + static_cast<std::uint32_t>(*sent.code) : 0U;
  message.text = one_line(described(sent));
  if (!sent.trips.empty()) {
    auto memfd = trips_in_memfd(sent.trips);
    if (memfd) {
      message.descriptors.push_back(std::move(*memfd));
    } else {  // the report is worth more than the samples
      SentReport without = sent;
      without.dropped_trips += sent.trips.size();
      message.text = one_line(described(without));
    }
  }
  return message;
}

Result<SentReport> report_from_message(const LinkMessage& message) {
  auto sent = taken<SentReport>(message.text, "worker report");
  if (sent && message.value != 0) sent->code = static_cast<Errc>(message.value - 1);
  if (sent && !message.descriptors.empty()) {
    auto trips = trips_from_memfd(message.descriptors.front());
    if (!trips) return tl::make_unexpected(trips.error());
    sent->trips = std::move(*trips);
  }
  return sent;
}

}  // namespace ipcmark
