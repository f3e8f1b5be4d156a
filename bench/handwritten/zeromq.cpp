// ZeroMQ over ipc, PUSH to PULL, the plainest way: libzmq's own defaults. Each process opens an end
// at its first use, on its own CPU, so that the I/O thread behind it runs there too.
#include <zmq.h>

#include "bench/handwritten/plain.hpp"

namespace {

char directory[] = "/tmp/handwritten_zeromq.XXXXXX";
void* ends[2] = {nullptr, nullptr};  // of this process, by channel

void* end_of(int channel, int type) {
  if (ends[channel] != nullptr) return ends[channel];
  void* const context = zmq_ctx_new();
  need(context != nullptr, "zmq_ctx_new");
  ends[channel] = zmq_socket(context, type);
  need(ends[channel] != nullptr, "zmq_socket");
  char path[128];
  snprintf(path, sizeof path, "ipc://%s/%d", directory, channel);
  const auto open = type == ZMQ_PULL ? zmq_bind : zmq_connect;
  need(open(ends[channel], path) == 0, path);
  return ends[channel];
}

void clean_up() {
  char path[128];
  for (int channel = 0; channel < 2; ++channel) {
    snprintf(path, sizeof path, "%s/%d", directory, channel);
    unlink(path);
  }
  rmdir(directory);
}

}  // namespace

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  need(mkdtemp(directory) != nullptr, "mkdtemp");
  // framed: 8 bytes behind the payload, as ipcmark's end marks take.
  const size_t size = run.size + (run.framed ? 8 : 0);
  play(
      run,
      [&](int i) {
        if (run.framed) memcpy(run.frame, run.payload, run.size);
        const void* const message = run.framed ? (void*)run.frame : run.payload;
        need(zmq_send(end_of(i, ZMQ_PUSH), message, size, 0) >= 0, "zmq_send");
      },
      [&](int i) {
        void* const message = run.framed ? (void*)run.frame : run.payload;
        need(zmq_recv(end_of(i, ZMQ_PULL), message, size, 0) == (int)size, "zmq_recv");
        if (run.framed) memcpy(run.payload, run.frame, run.size);
      });
  clean_up();
  return 0;
}
