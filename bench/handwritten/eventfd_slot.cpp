// A mailbox of one message in shared memory, with its length; an eventfd is written with every
// message, and a second one when the sender waits for room.
#include <sys/eventfd.h>

#include "bench/handwritten/mailbox.hpp"

struct Mailbox {
  std::atomic<uint32_t> word;
  uint32_t length;
  alignas(64) char payload[1];
};

static void give(int fd) {
  const uint64_t one = 1;
  need(write(fd, &one, sizeof one) == sizeof one, "write of an eventfd");
}

static void take(int fd) {
  uint64_t count;
  need(read(fd, &count, sizeof count) == sizeof count, "read of an eventfd");
}

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  Mailbox* boxes[2];
  int full[2], room[2];
  for (int i = 0; i < 2; ++i) {
    boxes[i] = (Mailbox*)shared_memory(sizeof(Mailbox) + run.size);
    full[i] = eventfd(0, EFD_CLOEXEC);
    room[i] = eventfd(0, EFD_CLOEXEC);
    need(full[i] >= 0 && room[i] >= 0, "eventfd");
  }
  play(
      run,
      [&](int i) {
        while ((boxes[i]->word.load() & is_full) != 0) {
          // Whoever takes the message sees that somebody waits, or has taken it already.
          if ((boxes[i]->word.fetch_or(is_awaited) & is_full) != 0) take(room[i]);
        }
        memcpy(boxes[i]->payload, run.payload, run.size);
        boxes[i]->length = (uint32_t)run.size;
        boxes[i]->word.store(is_full);
        give(full[i]);
      },
      [&](int i) {
        take(full[i]);
        need(boxes[i]->length <= run.size, "length");
        memcpy(run.payload, boxes[i]->payload, boxes[i]->length);
        if ((boxes[i]->word.exchange(0) & is_awaited) != 0) give(room[i]);
      });
  return 0;
}
