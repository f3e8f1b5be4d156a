// A mailbox of one message in shared memory, with its length; both ends spin on its word.
#include "bench/handwritten/mailbox.hpp"

struct Mailbox {
  std::atomic<uint32_t> word;
  uint32_t length;
  alignas(64) char payload[1];
};

static void spin(std::atomic<uint32_t>& word, uint32_t wanted) {
  while (word.load(std::memory_order_acquire) != wanted) {
  }
}

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  Mailbox* boxes[2];
  for (auto& box : boxes) box = (Mailbox*)shared_memory(sizeof(Mailbox) + run.size);
  play(
      run,
      [&](int i) {
        spin(boxes[i]->word, 0);
        memcpy(boxes[i]->payload, run.payload, run.size);
        boxes[i]->length = (uint32_t)run.size;
        boxes[i]->word.store(is_full, std::memory_order_release);
      },
      [&](int i) {
        spin(boxes[i]->word, is_full);
        need(boxes[i]->length <= run.size, "length");
        memcpy(run.payload, boxes[i]->payload, boxes[i]->length);
        boxes[i]->word.store(0, std::memory_order_release);
      });
  return 0;
}
