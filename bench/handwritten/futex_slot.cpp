// A mailbox of one message in shared memory, with its length, woken by futex.
#include "bench/handwritten/mailbox.hpp"

struct Mailbox {
  std::atomic<uint32_t> word;
  uint32_t length;
  alignas(64) char payload[1];
};

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  Mailbox* boxes[2];
  for (auto& box : boxes) box = (Mailbox*)shared_memory(sizeof(Mailbox) + run.size);
  play(
      run,
      [&](int i) {
        await(boxes[i]->word, 0);
        memcpy(boxes[i]->payload, run.payload, run.size);
        boxes[i]->length = (uint32_t)run.size;
        set(boxes[i]->word, is_full);
      },
      [&](int i) {
        await(boxes[i]->word, is_full);
        need(boxes[i]->length <= run.size, "length");
        memcpy(run.payload, boxes[i]->payload, boxes[i]->length);
        set(boxes[i]->word, 0);
      });
  return 0;
}
