// Messages through a System V queue. c++ -std=c++20 sysv_mq.cpp
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct Message {
  long type;  // above 0; a receiver can ask for one type alone
  int number;
  char text[60];
};
constexpr size_t payload = sizeof(Message) - sizeof(long);
constexpr long text_type = 1;
constexpr long last_type = 2;

int main() {
  // IPC_PRIVATE: found by relatives only. It stays until it is removed, whoever ends or crashes.
  const int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  if (queue < 0) return perror("msgget"), 1;
  const pid_t child = fork();
  if (child == 0) {
    Message message;
    int received = 0;
    while (msgrcv(queue, &message, payload, 0, 0) >= 0 && message.type != last_type) {
      printf("%d: %s\n", message.number, message.text);
      ++received;
    }
    fflush(stdout);
    _exit(received == 3 ? 0 : 1);
  }
  for (int i = 1; i <= 4; ++i) {
    const Message message{i <= 3 ? text_type : last_type, i, "hello through a queue"};
    if (msgsnd(queue, &message, payload, 0) != 0) perror("msgsnd");
  }
  int status = 0;
  waitpid(child, &status, 0);
  msgctl(queue, IPC_RMID, nullptr);
  return status == 0 ? 0 : 1;
}
