// A sealed memfd for each message, passed over a Unix seqpacket socketpair with its length beside
// it; the receiver looks at the seals and at the file's size before it goes by them.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "bench/handwritten/plain.hpp"

static constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

struct Packet {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  uint64_t length = 0;
  iovec part{&length, sizeof length};
  msghdr header{};
  Packet() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
};

static void pass(int socket, const Run& run) {
  const int file = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  need(file >= 0, "memfd_create");
  write_all(file, (const char*)run.payload, run.size);
  need(fcntl(file, F_ADD_SEALS, seals) == 0, "F_ADD_SEALS");
  Packet packet;
  packet.length = run.size;
  cmsghdr* rights = CMSG_FIRSTHDR(&packet.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof file);
  memcpy(CMSG_DATA(rights), &file, sizeof file);
  need(sendmsg(socket, &packet.header, MSG_NOSIGNAL) == sizeof packet.length, "sendmsg");
  close(file);
}

static void take(int socket, const Run& run) {
  Packet packet;
  need(recvmsg(socket, &packet.header, MSG_CMSG_CLOEXEC) == sizeof packet.length, "recvmsg");
  const cmsghdr* rights = CMSG_FIRSTHDR(&packet.header);
  need(rights != nullptr && rights->cmsg_len == CMSG_LEN(sizeof(int)), "SCM_RIGHTS");
  int file;
  memcpy(&file, CMSG_DATA(rights), sizeof file);
  struct stat status;
  need(fstat(file, &status) == 0 && (uint64_t)status.st_size == packet.length, "size of a memfd");
  need((fcntl(file, F_GET_SEALS) & seals) == seals, "seals of a memfd");
  char* at = (char*)run.payload;
  for (size_t done = 0; done < run.size;) {
    const ssize_t some = pread(file, at + done, run.size - done, (off_t)done);
    need(some > 0, "pread");
    done += (size_t)some;
  }
  close(file);
}

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int pairs[2][2];
  for (auto& pair : pairs) need(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0, "socketpair");
  play(
      run, [&](int i) { pass(pairs[i][1], run); }, [&](int i) { take(pairs[i][0], run); });
  return 0;
}
