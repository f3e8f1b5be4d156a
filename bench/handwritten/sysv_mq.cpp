// SysV message queues, the plainest way. Messages up to kernel.msgmax.
#include <sys/msg.h>

#include "bench/handwritten/plain.hpp"

struct Envelope {
  long type;
  uint64_t payload[1024];
};

int main(int argc, char** argv) {
  Run run = parse(argc, argv);
  static Envelope envelope;
  envelope.type = 1;
  need(run.size <= sizeof envelope.payload, "size");
  run.payload = envelope.payload;
  int queues[2];
  for (int& queue : queues) need((queue = msgget(IPC_PRIVATE, 0600)) >= 0, "msgget");
  play(
      run, [&](int i) { need(msgsnd(queues[i], &envelope, run.size, 0) == 0, "msgsnd"); },
      [&](int i) { need(msgrcv(queues[i], &envelope, run.size, 0, 0) >= 0, "msgrcv"); });
  for (const int queue : queues) msgctl(queue, IPC_RMID, nullptr);
  return 0;
}
