#include "backends/framing/pair_channel.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "backends/framing/buffer_size.hpp"

namespace ipcmark {
namespace {

ChannelSpec spec_of(std::uint32_t depth) {
  ChannelSpec spec;
  spec.depth = depth;
  return spec;
}

std::unique_ptr<Channel> pipe_channel() {
  return make_pair_channel("pipe", spec_of(2), 7, create_pipe().value(), Granted{});
}

TEST(PairChannel, ItsAddressHasBothEndsUntilItIsSealed) {
  const auto channel = pipe_channel();
  const Address address = channel->address();
  EXPECT_EQ(address.id, 7U);
  EXPECT_EQ(address.backend, "pipe");
  EXPECT_EQ(address.spec.depth, 2U);
  EXPECT_EQ(address.descriptors.size(), 2U);
  channel->seal();
  EXPECT_TRUE(channel->address().descriptors.empty());
}

TEST(PairChannel, TheReceivingEndSeesTheEndOnceNobodyElseHoldsTheOther) {
  const auto channel = pipe_channel();
  Address of_receiver = channel->address();
  Address of_sender = channel->address();
  channel->seal();
  const Fd receiving = take_receiving_end(of_receiver, "pipe").value();
  of_receiver.descriptors.clear();
  {
    const Fd sending = take_sending_end(of_sender, "pipe").value();
    ASSERT_EQ(::write(sending.get(), "x", 1), 1);
  }
  of_sender.descriptors.clear();
  char byte = 0;
  EXPECT_EQ(::read(receiving.get(), &byte, 1), 1);
  EXPECT_EQ(::read(receiving.get(), &byte, 1), 0);
}

TEST(PairChannel, AnEndThatIsNotThereIsRefused) {
  Address address = pipe_channel()->address();
  ASSERT_TRUE(take_sending_end(address, "pipe"));
  EXPECT_EQ(take_sending_end(address, "pipe").error().code, Errc::invalid);
  EXPECT_TRUE(take_receiving_end(address, "pipe"));
  Address half = pipe_channel()->address();
  half.descriptors.pop_back();
  EXPECT_EQ(take_receiving_end(half, "pipe").error().code, Errc::invalid);
}

TEST(PairChannel, WhatAPipeWasGrantedStandsBehindTheNoteOfItsBackend) {
  const DescriptorPair pipe = create_pipe().value();
  BufferNeed need = pipe_need("pipe", 3, 64, 64);
  const auto asked = grant_pipe(pipe.sending.get(), need, "fragments");
  ASSERT_TRUE(asked) << explain(asked.error());
  EXPECT_EQ(asked->values.at("depth"), 3);
  EXPECT_GE(asked->values.at("buffer_bytes"), 4096);
  EXPECT_EQ(asked->note, "fragments");
  need = pipe_need("pipe", 0, 64, std::uint64_t{64} << 20U);
  need.preferred = (std::uint64_t{1} << 31U) + 1;  // more than any kernel gives
  const auto smaller = grant_pipe(pipe.sending.get(), need, "fragments");
  ASSERT_TRUE(smaller) << explain(smaller.error());
  EXPECT_EQ(smaller->values.count("depth"), 0U);
  EXPECT_EQ(smaller->note.rfind("fragments; a buffer of ", 0), 0U) << smaller->note;
}

}  // namespace
}  // namespace ipcmark
