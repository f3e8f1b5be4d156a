// A word with each signal, read from a signalfd. c++ -std=c++20 signal.cpp
//
// Real-time signals are queued, in order, as long as the user's limit allows (ulimit -i): then
// sigqueue() says EAGAIN, and the sender has to wait.
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

constexpr int messages = 20'000;

int main() {
  const int number = SIGRTMIN + 1;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  // Blocked before anybody may send one: its default action ends the process.
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return perror("sigprocmask"), 1;
  const int signals = signalfd(-1, &set, SFD_CLOEXEC);
  if (signals < 0) return perror("signalfd"), 1;
  const pid_t receiver = getpid();
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 1; i <= messages; ++i) {
      const sigval value{.sival_int = i};
      while (sigqueue(receiver, number, value) != 0) {
        if (errno != EAGAIN) perror("sigqueue"), _exit(1);
        const timespec pause{0, 100'000};
        nanosleep(&pause, nullptr);
      }
    }
    _exit(0);
  }
  int64_t sum = 0;
  int in_order = 0;
  for (int i = 1; i <= messages;) {
    signalfd_siginfo info[16];
    const ssize_t got = read(signals, info, sizeof info);
    if (got <= 0) return perror("read"), 1;
    for (size_t at = 0; at < static_cast<size_t>(got) / sizeof info[0]; ++at, ++i) {
      if (info[at].ssi_int == i) ++in_order;
      sum += info[at].ssi_int;
    }
  }
  printf("%d of %d signals in order, sum %lld\n", in_order, messages, static_cast<long long>(sum));
  waitpid(child, nullptr, 0);
  return in_order == messages ? 0 : 1;
}
