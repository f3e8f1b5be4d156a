// Messages through a POSIX queue. c++ -std=c++20 posix_mq.cpp
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

int main() {
  const std::string name = "/hello." + std::to_string(getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 8;  // more than 10: raise fs.mqueue.msg_max
  attributes.mq_msgsize = 64;
  // O_EXCL: a queue of that name that somebody else made would be theirs to read.
  const mqd_t queue = mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
  if (queue == static_cast<mqd_t>(-1)) return perror("mq_open"), 1;
  mq_unlink(name.c_str());  // relatives inherit it; unrelated processes open it by name first
  const pid_t child = fork();
  if (child == 0) {
    char message[64];
    int received = 0;
    ssize_t size = 0;
    // An empty message says that it was the last: queues have no end of file.
    while ((size = mq_receive(queue, message, sizeof message, nullptr)) > 0) {
      printf("%.*s\n", static_cast<int>(size), message);
      ++received;
    }
    fflush(stdout);
    _exit(received == 3 ? 0 : 1);
  }
  for (const char* message : {"one", "two", "three", ""}) {
    if (mq_send(queue, message, strlen(message), 0) != 0) return perror("mq_send"), 1;
  }
  int status = 0;
  waitpid(child, &status, 0);
  mq_close(queue);
  return status == 0 ? 0 : 1;
}
