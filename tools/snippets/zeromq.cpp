// Requests and replies over ZeroMQ (cppzmq). c++ -std=c++20 zeromq.cpp -lzmq
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <zmq.hpp>

void serve(const std::string& address) {
  zmq::context_t context;  // made after the fork: its threads belong to one process
  zmq::socket_t socket(context, zmq::socket_type::rep);
  socket.bind(address);
  for (int i = 0; i < 3; ++i) {
    zmq::message_t request;
    if (!socket.recv(request)) _exit(1);
    socket.send(zmq::buffer("got " + request.to_string()), zmq::send_flags::none);
  }
}

int main() {
  char directory[] = "/tmp/zeromq.XXXXXX";  // a place of one's own: nobody else can plant the name
  if (mkdtemp(directory) == nullptr) return perror("mkdtemp"), 1;
  const std::string path = std::string(directory) + "/socket";
  const std::string address = "ipc://" + path;  // between machines: tcp://host:port
  const pid_t child = fork();
  if (child == 0) {
    serve(address);
    _exit(0);
  }
  std::string last;
  {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::req);
    socket.connect(address);  // waits, and tries again, until the server is there
    for (const char* text : {"one", "two", "three"}) {
      socket.send(zmq::buffer(std::string(text)), zmq::send_flags::none);
      zmq::message_t reply;
      if (!socket.recv(reply)) return 1;
      last = reply.to_string();
      printf("%s\n", last.c_str());
    }
  }
  waitpid(child, nullptr, 0);
  unlink(path.c_str());
  rmdir(directory);
  return last == "got three" ? 0 : 1;
}
