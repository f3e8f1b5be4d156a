// What a backend says of itself: probes, capabilities, nothing left behind.
#include <atomic>
#include <cctype>
#include <cstring>
#include <string>
#include <vector>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

void plain_channel_is_possible(Stage& stage) {
  const Capabilities can = stage.capabilities(spec_of(64));
  require(can.unsupported_reason.empty(),
          "refuses a plain channel of 64 bytes: " + can.unsupported_reason);
  const std::string unsupported_reason = stage.backend().probe(spec_of(64));
  if (!unsupported_reason.empty())
    throw Skipped(unsupported_reason);  // the machine's fault; the sentence says what to do
  stage.channel(spec_of(64));
}

void impossible_spec_is_explained(Stage& stage) {
  auto spec = spec_of(std::uint64_t{1} << 60U);
  spec.depth = 0xFFFF'FFFFU;
  const Capabilities can = stage.capabilities(spec);
  const std::string why =
      can.unsupported_reason.empty() ? stage.backend().probe(spec) : can.unsupported_reason;
  const bool too_small = can.largest_message < spec.largest_message;
  require(too_small || !why.empty(), "says nothing against messages of 2^60 bytes, depth 2^32 - 1");
  if (why.empty()) return;
  require(why.size() >= 12, "the reason is not informative: \"" + why + "\"");
  require(why.back() != '\n' && std::isspace(static_cast<unsigned char>(why.front())) == 0,
          "the reason is not one clean sentence: \"" + why + "\"");
}

void capabilities_agree(Stage& stage) {
  require(std::strlen(stage.backend().name) > 0 && std::strlen(stage.backend().summary) > 10,
          "has no name or no summary");
  for (const std::uint64_t size : {0U, 1U, 64U, 4096U, 1U << 20U}) {
    const Capabilities can = stage.capabilities(spec_of(size));
    const std::string where = " at " + std::to_string(size) + " bytes";
    require(can.block || can.spin || can.hybrid, "no wait strategy" + where);
    require(can.largest_message >= 64, "a largest message below 64 bytes" + where);
    require(!(can.broadcast && can.many_receivers), "broadcast and work-queue at once" + where);
    const Capabilities again = stage.capabilities(spec_of(size));
    require(again.unsupported_reason == can.unsupported_reason && again.depth == can.depth &&
                again.largest_message == can.largest_message,
            "two answers to one question" + where);
  }
}

void granted_agrees(Stage& stage) {
  const auto spec = with_depth(stage, spec_of(1000), 16);
  const std::size_t number = stage.channel(spec);
  const Address address = stage.channel_object(number).address();
  require(address.id == 100, "the address has lost its id");
  require(address.backend == stage.backend().name,
          "the address names the backend \"" + address.backend + "\"");
  require(address.spec.largest_message == 1000, "the address has lost its spec");
  const Granted granted = stage.channel_object(number).granted();
  const auto depth = granted.values.find("depth");
  if (depth == granted.values.end()) return;
  const Capabilities can = stage.capabilities(spec);
  require(can.depth == 0 || depth->second >= static_cast<std::int64_t>(can.depth),
          "granted a depth of " + std::to_string(depth->second) + ", declared " +
              std::to_string(can.depth));
}

// Granted as asked, and at work; or refused, by the mechanism or by the machine.
void huge_pages_are_whole(Stage& stage) {
  if (!stage.capabilities(spec_of(64)).huge_pages) throw Skipped("declares no huge_pages");
  bool any = false;
  for (const HugePages pages : {HugePages::thp, HugePages::hugetlb}) {
    ChannelSpec spec = spec_of(fitting(stage, 100'000));
    spec.huge_pages = pages;
    if (!stage.backend().probe(spec).empty()) continue;
    auto created = stage.backend().create(spec, 100, stage.names());
    if (!created) {
      require(is_machines(created.error().code), "create: " + explain(created.error()));
      continue;
    }
    any = true;
    const Granted granted = (*created)->granted();
    require(granted.values.contains("huge_page_bytes"), "does not say how large its pages are");
    const std::atomic<std::uint32_t> nobody_died{0};
    OpenContext context;
    context.peer_died = &nobody_died;
    auto receiver = take(stage.backend().open_receiver((*created)->address(), context), "open");
    auto sender = take(stage.backend().open_sender((*created)->address(), context), "open");
    std::vector<std::byte> message(spec.largest_message);
    std::vector<std::byte> buffer(spec.largest_message);
    fill(message, 5);
    for (int i = 0; i < 100; ++i) {
      require_ok(sender->send(message, Deadline::never()), "send");
      const std::size_t got = take(receiver->receive(buffer, Deadline::never()), "receive");
      require(got == message.size() && matches(buffer, 5), "a message is damaged");
    }
  }
  if (!any) throw Skipped("this machine gives no huge pages");
}

// The census around every case does the checking; here for channels that nobody opened.
void channels_leave_nothing(Stage& stage) {
  for (unsigned i = 0; i < 20; ++i) {
    Stage one(stage.backend());
    const std::size_t number = one.channel(spec_of(fitting(stage, 5000)));
    const Address first = one.channel_object(number).address();
    const Address second = first.clone();
    require(first.descriptors.size() == second.descriptors.size(), "clone() lost descriptors");
    one.end_channels();
    for (const auto& left : one.names().left_over()) throw Broken(left);
  }
}

void a_side_that_leaves_leaves_nothing(Stage& stage) {
  stage.channel(spec_of(64));
  const auto body = [](Side&) {};  // opens its ends and goes; Stage counts its descriptors
  if (stage.capabilities(spec_of(64)).one_process) {
    stage.side("both", {.sends = {0}, .receives = {0}}, body);
  } else {
    stage.side("sender", {.sends = {0}}, body);
    stage.side("receiver", {.receives = {0}}, body);
  }
  stage.run();
}

}  // namespace

std::vector<Case> capability_cases() {
  return {{"PlainChannelIsPossible", plain_channel_is_possible},
          {"ImpossibleSpecIsExplained", impossible_spec_is_explained},
          {"CapabilitiesAgree", capabilities_agree},
          {"GrantedAgrees", granted_agrees},
          {"HugePagesAreWhole", huge_pages_are_whole},
          {"ChannelsLeaveNothing", channels_leave_nothing},
          {"ASideThatLeavesLeavesNothing", a_side_that_leaves_leaves_nothing}};
}

}  // namespace ipcmark::conformance
