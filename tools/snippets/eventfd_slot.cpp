// A mailbox of one message in shared memory, woken by eventfds. c++ -std=c++20 eventfd_slot.cpp
//
// One sender, one receiver, which may poll() its eventfd among other descriptors.
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

constexpr int messages = 100'000;

struct Message {
  int number;
  char text[60];
};

void give(int event) {
  const uint64_t one = 1;
  if (write(event, &one, sizeof one) != sizeof one) perror("write"), _exit(1);
}

void take(int event) {
  uint64_t count = 0;
  if (read(event, &count, sizeof count) != sizeof count) perror("read"), _exit(1);
}

int main() {
  void* const memory =
      mmap(nullptr, sizeof(Message), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  // Between unrelated processes: memfd_create(), and all three descriptors over a Unix socket.
  const int is_full = eventfd(0, 0);
  const int is_empty = eventfd(1, 0);
  if (memory == MAP_FAILED || is_full < 0 || is_empty < 0) return perror("mmap or eventfd"), 1;
  auto& box = *static_cast<Message*>(memory);
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 1; i <= messages; ++i) {
      take(is_empty);
      box = {i, "hello through a mailbox"};
      give(is_full);
    }
    _exit(0);
  }
  int64_t sum = 0;
  for (int i = 1; i <= messages; ++i) {
    take(is_full);
    sum += box.number;
    give(is_empty);
  }
  printf("%d messages, sum %lld\n", messages, static_cast<long long>(sum));
  waitpid(child, nullptr, 0);
  return sum == int64_t{messages} * (messages + 1) / 2 ? 0 : 1;
}
