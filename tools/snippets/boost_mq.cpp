// Messages through a queue of Boost.Interprocess. c++ -std=c++20 boost_mq.cpp -pthread
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <string>

namespace ipc = boost::interprocess;

int main() {
  const std::string name = "hello." + std::to_string(getpid());
  // All of its memory is taken here: 64 messages of up to 100 bytes.
  ipc::message_queue queue(ipc::create_only, name.c_str(), 64, 100, ipc::permissions(0600));
  const pid_t child = fork();
  if (child == 0) {
    ipc::message_queue own(ipc::open_only, name.c_str());
    for (const char* text : {"one", "two", "three"}) {
      own.send(text, std::char_traits<char>::length(text), 0);
    }
    _exit(0);
  }
  std::string last;
  for (int i = 0; i < 3; ++i) {
    char message[100];
    ipc::message_queue::size_type size = 0;
    unsigned priority = 0;
    queue.receive(message, sizeof message, size, priority);
    last.assign(message, size);
    printf("%s\n", last.c_str());
  }
  waitpid(child, nullptr, 0);
  ipc::message_queue::remove(name.c_str());  // else it stays until the machine restarts
  return last == "three" ? 0 : 1;
}
