// Messages through a named pipe; the two processes need only know its path.
// c++ -std=c++20 fifo.cpp
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

struct Message {
  int number;
  char text[60];
};

int read_all(const std::string& path) {                     // one program
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);  // waits for the writer
  if (fd < 0) return perror("open"), 1;
  Message message;
  int received = 0;
  while (read(fd, &message, sizeof message) == sizeof message) {
    printf("%d: %s\n", message.number, message.text);
    ++received;
  }
  fflush(stdout);
  close(fd);
  return received == 3 ? 0 : 1;
}

int write_all(const std::string& path) {                    // the other
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);  // waits for the reader
  if (fd < 0) return perror("open"), 1;
  for (int i = 1; i <= 3; ++i) {
    const Message message{i, "hello through a FIFO"};
    if (write(fd, &message, sizeof message) != sizeof message) return perror("write"), 1;
  }
  close(fd);
  return 0;
}

int main() {
  char directory[] = "/tmp/fifo.XXXXXX";  // a place of one's own: nobody else can plant the name
  if (mkdtemp(directory) == nullptr) return perror("mkdtemp"), 1;
  const std::string path = std::string(directory) + "/messages";
  if (mkfifo(path.c_str(), 0600) != 0) return perror("mkfifo"), 1;
  const pid_t child = fork();
  if (child == 0) _exit(read_all(path));
  const int written = write_all(path);
  int status = 0;
  waitpid(child, &status, 0);
  unlink(path.c_str());
  rmdir(directory);
  return written == 0 && status == 0 ? 0 : 1;
}
