// POSIX message queues, the plainest way. Messages up to fs.mqueue.msgsize_max.
#include <fcntl.h>
#include <mqueue.h>

#include "bench/handwritten/plain.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  mqd_t queues[2];
  for (int i = 0; i < 2; ++i) {
    char name[64];
    snprintf(name, sizeof name, "/handwritten-%d-%d", (int)getpid(), i);
    mq_attr attributes{};
    attributes.mq_maxmsg = 10;
    attributes.mq_msgsize = (long)run.size;
    queues[i] = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    need(queues[i] >= 0, "mq_open");
    mq_unlink(name);
  }
  char* payload = (char*)run.payload;
  play(
      run, [&](int i) { need(mq_send(queues[i], payload, run.size, 0) == 0, "mq_send"); },
      [&](int i) { need(mq_receive(queues[i], payload, run.size, nullptr) >= 0, "mq_receive"); });
  return 0;
}
