// Messages over UDP. c++ -std=c++20 udp.cpp
//
// To another machine the same: the receiver binds to INADDR_ANY and a known port. Numbers tell what
// is lost: datagrams that find the receiver's buffer full are dropped, and nobody is told.
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

struct Message {
  int number;  // 0: the last one, since datagrams have no end of file
  char text[60];
};

int main() {
  const int receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // port 0: any that is free
  socklen_t length = sizeof address;
  if (bind(receiver, (sockaddr*)&address, sizeof address) != 0) return perror("bind"), 1;
  if (getsockname(receiver, (sockaddr*)&address, &length) != 0) return perror("getsockname"), 1;
  // The last message may be lost, too: wait no longer than this for any.
  const timeval limit{2, 0};
  setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const pid_t child = fork();
  if (child == 0) {
    Message message{};
    int received = 0;
    int lost = 0;
    while (recv(receiver, &message, sizeof message, 0) == sizeof message && message.number != 0) {
      printf("%d: %s\n", message.number, message.text);
      lost = message.number - ++received;
    }
    fflush(stdout);
    _exit(received == 3 && lost == 0 ? 0 : 1);
  }
  close(receiver);
  const int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  // Connected: send() needs no address, and says ECONNREFUSED when nobody receives any more.
  if (connect(sender, (sockaddr*)&address, sizeof address) != 0) return perror("connect"), 1;
  for (int i = 1; i <= 4; ++i) {
    const Message message{i % 4, "hello in a datagram"};
    if (send(sender, &message, sizeof message, MSG_NOSIGNAL) < 0) return perror("send"), 1;
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
