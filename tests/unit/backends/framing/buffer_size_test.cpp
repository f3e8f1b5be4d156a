#include "backends/framing/buffer_size.hpp"

#include <gtest/gtest.h>

#include "results/model/trial.hpp"

namespace ipcmark {
namespace {

TEST(BufferSize, ASmallerBufferThanByDefaultIsSaidWithItsLimit) {
  EXPECT_EQ(smaller_than_default(4608, default_socket_bytes, "net.core.wmem_default"),
            "a buffer of 4608 B, smaller than by default (212992 B), because of "
            "net.core.wmem_default");
  EXPECT_EQ(smaller_than_default(212'992, default_socket_bytes, "net.core.wmem_default"), "");
  EXPECT_EQ(smaller_than_default(425'984, default_socket_bytes, "net.core.wmem_default"), "");
}

// A user whose pipes have reached fs.pipe-user-pages-soft gets two pages.
TEST(BufferSize, APipeOfTwoPagesIsSaid) {
  const BufferNeed nothing_asked = pipe_need("pipe", 0, 64, 64);
  EXPECT_EQ(pipe_note(nothing_asked, 8192),
            "a buffer of 8192 B, smaller than by default (65536 B), because of "
            "fs.pipe-user-pages-soft or fs.pipe-max-size");
  EXPECT_EQ(pipe_note(nothing_asked, 65'536), "");
}

// One whole message, up to the default of fs.pipe-max-size.
TEST(BufferSize, APipeThatHoldsNoWholeMessageIsSaid) {
  const BufferNeed long_message = pipe_need("pipe", 0, 300'000, 300'000);
  EXPECT_NE(pipe_note(long_message, 65'536), "");
  EXPECT_EQ(pipe_note(long_message, 524'288), "");
  EXPECT_EQ(pipe_note(pipe_need("pipe", 0, 64U << 20U, 64U << 20U), 1 << 20), "");
}

TEST(BufferSize, WhatWasAskedForIsGrantedOrRefusedSoThereIsNoNote) {
  EXPECT_EQ(pipe_note(pipe_need("pipe", 2, 64, 64), 4096), "");
}

TEST(Granted, NotesAreJoinedAndEachSaidOnce) {
  Granted granted;
  granted.add_note("");
  EXPECT_EQ(granted.note, "");
  granted.add_note("fragments of 4096 B");
  granted.add_note("a buffer of 8192 B");
  granted.add_note("fragments of 4096 B");
  EXPECT_EQ(granted.note, "fragments of 4096 B; a buffer of 8192 B");
}

}  // namespace
}  // namespace ipcmark
