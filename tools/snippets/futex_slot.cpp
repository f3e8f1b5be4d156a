// A mailbox of one message in shared memory, woken by futex. c++ -std=c++20 futex_slot.cpp
//
// One sender, one receiver. A word says whether the mailbox is full; both sides sleep on it.
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

constexpr int messages = 100'000;
constexpr uint32_t full = 1;
constexpr uint32_t someone_sleeps = 2;

struct Message {
  int number;
  char text[48];
};

struct Mailbox {
  std::atomic<uint32_t> word;
  Message message;
};

void futex(std::atomic<uint32_t>& word, int operation, uint32_t value) {
  syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);  // not FUTEX_PRIVATE_FLAG
}

// Until the mailbox is full (or empty), asleep.
void wait_until(Mailbox& box, uint32_t wanted) {
  for (;;) {
    uint32_t seen = box.word.load();
    if ((seen & full) == wanted) return;
    if ((seen & someone_sleeps) == 0 &&
        !box.word.compare_exchange_strong(seen, seen | someone_sleeps)) {
      continue;
    }
    futex(box.word, FUTEX_WAIT, seen | someone_sleeps);
  }
}

void change_to(Mailbox& box, uint32_t state) {
  if ((box.word.exchange(state) & someone_sleeps) != 0) futex(box.word, FUTEX_WAKE, 1);
}

int main() {
  // Between unrelated processes: shm_open() with a name, O_EXCL and ftruncate().
  void* const memory =
      mmap(nullptr, sizeof(Mailbox), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  Mailbox& box = *new (memory) Mailbox{};
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 1; i <= messages; ++i) {
      wait_until(box, 0);
      box.message = {i, "hello through a mailbox"};
      change_to(box, full);
    }
    _exit(0);
  }
  int64_t sum = 0;
  for (int i = 1; i <= messages; ++i) {
    wait_until(box, full);
    sum += box.message.number;
    change_to(box, 0);
  }
  printf("%d messages, sum %lld\n", messages, static_cast<long long>(sum));
  waitpid(child, nullptr, 0);
  return sum == int64_t{messages} * (messages + 1) / 2 ? 0 : 1;
}
