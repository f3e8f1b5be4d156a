// A sealed file in memory for each message, passed over a Unix socket. c++ -std=c++20
// memfd_pass.cpp
//
// The receiver need not trust the sender: what is sealed cannot be changed or shortened any more.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

constexpr int messages = 200;
constexpr size_t size = 1 << 20;
constexpr int all_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

struct Packet {
  uint64_t length = 0;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec part{&length, sizeof length};
  msghdr header{};
  Packet() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
};

bool send_file(int socket, int file, uint64_t length) {
  Packet packet;
  packet.length = length;
  cmsghdr* const rights = CMSG_FIRSTHDR(&packet.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof file);
  memcpy(CMSG_DATA(rights), &file, sizeof file);
  return sendmsg(socket, &packet.header, MSG_NOSIGNAL) > 0;
}

// The file, or -1 at the end.
int receive_file(int socket, uint64_t& length) {
  Packet packet;
  if (recvmsg(socket, &packet.header, MSG_CMSG_CLOEXEC) <= 0) return -1;
  const cmsghdr* const rights = CMSG_FIRSTHDR(&packet.header);
  int file = -1;
  if (rights != nullptr) memcpy(&file, CMSG_DATA(rights), sizeof file);
  length = packet.length;
  return file;
}

int main() {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0) return perror("socketpair"), 1;
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 1; i <= messages; ++i) {
      const std::vector<char> message(size, static_cast<char>(i));
      const int file = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
      if (file < 0 || write(file, message.data(), size) != static_cast<ssize_t>(size)) _exit(1);
      if (fcntl(file, F_ADD_SEALS, all_seals) != 0 || !send_file(sockets[1], file, size)) _exit(1);
      close(file);
    }
    _exit(0);
  }
  close(sockets[1]);
  int whole = 0;
  uint64_t length = 0;
  for (int file; (file = receive_file(sockets[0], length)) >= 0; close(file)) {
    if ((fcntl(file, F_GET_SEALS) & all_seals) != all_seals || length != size) continue;
    const void* const at = mmap(nullptr, length, PROT_READ, MAP_PRIVATE, file, 0);
    if (at == MAP_FAILED) return perror("mmap"), 1;
    const auto* const bytes = static_cast<const char*>(at);
    if (bytes[0] == static_cast<char>(whole + 1) && bytes[length - 1] == bytes[0]) ++whole;
    munmap(const_cast<void*>(at), length);
  }
  printf("%d of %d messages of 1 MiB\n", whole, messages);
  waitpid(child, nullptr, 0);
  return whole == messages ? 0 : 1;
}
