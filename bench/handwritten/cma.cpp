// The receiver copies each message out of the sender's memory, by process_vm_readv; a mailbox in
// shared memory says where it lies. A small message is copied first, so that the sender can go on;
// with a large one it waits until it was taken.
#include <sys/prctl.h>
#include <sys/uio.h>

#include "bench/handwritten/mailbox.hpp"

static constexpr size_t copied_up_to = 16 * 1024;

struct Offer {
  std::atomic<uint32_t> word;
  pid_t pid;
  const void* address;
  uint64_t length;
};

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  Offer* offers[2];
  for (auto& offer : offers) offer = (Offer*)shared_memory(sizeof(Offer));
  const auto put = [&](int i) {
    static const pid_t self = [] {
      // Where only a parent may read its child; not needed elsewhere, and refused there.
      prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
      return getpid();
    }();
    const bool copies = run.size <= copied_up_to;
    await(offers[i]->word, 0);
    if (copies) memcpy(run.frame, run.payload, run.size);
    offers[i]->pid = self;
    offers[i]->address = copies ? (const void*)run.frame : run.payload;
    offers[i]->length = run.size;
    set(offers[i]->word, is_full);
    if (!copies) await(offers[i]->word, 0);
  };
  const auto get = [&](int i) {
    await(offers[i]->word, is_full);
    need(offers[i]->length <= run.size, "length");
    for (size_t done = 0; done < offers[i]->length;) {
      const size_t left = offers[i]->length - done;
      const iovec to{(char*)run.payload + done, left};
      const iovec from{(char*)offers[i]->address + done, left};
      const ssize_t some = process_vm_readv(offers[i]->pid, &to, 1, &from, 1, 0);
      need(some > 0, "process_vm_readv");
      done += (size_t)some;
    }
    set(offers[i]->word, 0);
  };
  play(run, put, get);
  return 0;
}
