// What all handwritten controls share: arguments, pinning, the clock, the two loops. Nothing of
// ipcmark is included here; these programs are what ipcmark is compared with.
//
//   handwritten_pipe pingpong|batches|stream SIZE SECONDS CPU0 CPU1 [touch] [framed]
//
// framed: byte streams put a 4-byte length before each message, which the receiver goes by; so they
// carry messages of any size, as ipcmark's channels do. Without it both sides know the size.
//
// prints one line of JSON: the median and the mean of all round trips in ns; the median of the
// means of batches, for trips that take no longer than a reading of the clock; or messages a second
// at the receiver. A tenth of SECONDS goes before as warm-up. CPU0 is the initiator's (the
// sender's).
#pragma once

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <vector>

struct Run {
  bool stream, batches, touch, framed;
  size_t size;
  uint64_t ns;
  int cpus[2];
  uint64_t* payload;  // size bytes, rounded up to whole words
  size_t words;
  char* frame;  // room for a length and a payload
};

inline uint64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

inline void need(bool ok, const char* what) {
  if (ok) return;
  perror(what);
  _exit(1);
}

inline Run parse(int argc, char** argv) {
  if (argc < 6) {
    fprintf(stderr, "usage: %s pingpong|batches|stream SIZE SECONDS CPU0 CPU1 [touch] [framed]\n",
            argv[0]);
    exit(2);
  }
  Run run{};
  run.stream = strcmp(argv[1], "stream") == 0;
  run.batches = strcmp(argv[1], "batches") == 0;
  run.size = strtoul(argv[2], nullptr, 10);
  run.ns = (uint64_t)(atof(argv[3]) * 1e9);
  run.cpus[0] = atoi(argv[4]);
  run.cpus[1] = atoi(argv[5]);
  for (int i = 6; i < argc; ++i) {
    if (strcmp(argv[i], "touch") == 0) run.touch = true;
    if (strcmp(argv[i], "framed") == 0) run.framed = true;
  }
  run.words = (run.size + 7) / 8;
  run.payload = (uint64_t*)aligned_alloc(4096, (run.size + 4096) / 4096 * 4096);
  memset(run.payload, 0, run.words * 8);
  run.frame = (char*)aligned_alloc(4096, (run.size + 8192) / 4096 * 4096);
  memset(run.frame, 0, run.size + 4);
  return run;
}

inline void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  need(sched_setaffinity(0, sizeof set, &set) == 0, "sched_setaffinity");
}

inline void touch_write(const Run& run, uint64_t turn) {
  if (!run.touch) return;
  for (size_t i = 0; i < run.words; ++i) run.payload[i] = turn;
}

inline void touch_read(const Run& run) {
  if (!run.touch) return;
  uint64_t sum = 0;
  for (size_t i = 0; i < run.words; ++i) sum += run.payload[i];
  asm volatile("" : : "r"(sum));
}

// In a batch one reading of the clock costs each trip little enough.
inline constexpr uint64_t trips_in_batch = 32;

// put(i) sends the payload over channel i, get(i) receives it; channel 0 goes there, 1 back.
template <class Put, class Get>
void pingpong(const Run& run, Put put, Get get) {
  const uint64_t batch = run.batches ? trips_in_batch : 1;
  const pid_t echo = fork();
  if (echo == 0) {
    pin(run.cpus[1]);
    for (uint64_t turn = 0;; ++turn) {
      get(0);
      touch_read(run);
      touch_write(run, turn);
      put(1);
    }
  }
  pin(run.cpus[0]);
  std::vector<uint64_t> trips(8U << 20U, 0);
  size_t count = 0;
  uint64_t last = now();
  const uint64_t begin = last + run.ns / 10, end = begin + run.ns;
  for (uint64_t turn = 0; last < end && count < trips.size(); ++turn) {
    for (uint64_t i = 0; i < batch; ++i) {
      touch_write(run, turn);
      put(0);
      get(1);
      touch_read(run);
    }
    const uint64_t later = now();
    if (last >= begin) trips[count++] = (later - last + batch / 2) / batch;
    last = later;
  }
  kill(echo, SIGKILL);
  waitpid(echo, nullptr, 0);
  if (count == 0) return;
  trips.resize(count);
  std::nth_element(trips.begin(), trips.begin() + (long)(count / 2), trips.end());
  printf("{\"median_ns\": %lu, \"mean_ns\": %.1f, \"trips\": %zu}\n", trips[count / 2],
         (double)std::accumulate(trips.begin(), trips.end(), (uint64_t)0) / (double)count, count);
}

template <class Put, class Get>
void stream(const Run& run, Put put, Get get) {
  const pid_t sender = fork();
  if (sender == 0) {
    pin(run.cpus[0]);
    for (uint64_t turn = 0;; ++turn) {
      touch_write(run, turn);
      put(0);
    }
  }
  pin(run.cpus[1]);
  const uint64_t warm = now() + run.ns / 10;
  uint64_t begin = 0, last = 0, count = 0;
  const unsigned stretch = run.size < 4096 ? 64 : 1;  // messages between two looks at the clock
  while (begin == 0 || last - begin < run.ns) {
    for (unsigned i = 0; i < stretch; ++i) {
      get(0);
      touch_read(run);
    }
    last = now();
    if (begin != 0) count += stretch;
    if (begin == 0 && last >= warm) begin = last;
  }
  kill(sender, SIGKILL);
  waitpid(sender, nullptr, 0);
  printf("{\"rate\": %.1f, \"messages\": %lu}\n", (double)count * 1e9 / (double)(last - begin),
         count);
}

template <class Put, class Get>
void play(const Run& run, Put put, Get get) {
  if (run.stream) {
    stream(run, put, get);
  } else {
    pingpong(run, put, get);
  }
}

// For byte streams: all of the bytes, however many calls it takes.
inline void write_all(int fd, const char* at, size_t left) {
  while (left > 0) {
    const ssize_t done = write(fd, at, left);
    need(done > 0, "write");
    at += done;
    left -= (size_t)done;
  }
}

inline void read_all(int fd, char* at, size_t left) {
  while (left > 0) {
    const ssize_t done = read(fd, at, left);
    need(done > 0, "read");
    at += done;
    left -= (size_t)done;
  }
}

inline void write_frame(int fd, const Run& run) {
  const uint32_t length = (uint32_t)run.size;
  memcpy(run.frame, &length, 4);
  memcpy(run.frame + 4, run.payload, length);
  write_all(fd, run.frame, 4 + (size_t)length);
}

// One read when the message is as long as expected and there whole.
inline void read_frame(int fd, const Run& run) {
  size_t have = 0;
  while (have < 4) {
    const ssize_t done = read(fd, run.frame + have, 4 + run.size - have);
    need(done > 0, "read");
    have += (size_t)done;
  }
  uint32_t length;
  memcpy(&length, run.frame, 4);
  need(length <= run.size, "length");
  read_all(fd, run.frame + have, 4 + (size_t)length - have);
  memcpy(run.payload, run.frame + 4, length);
}

// Two byte streams, there and back: what is written to `in` is read from `out`.
inline void play_bytes(const Run& run, const int (&in)[2], const int (&out)[2]) {
  char* payload = (char*)run.payload;
  if (run.framed) {
    play(
        run, [&](int i) { write_frame(in[i], run); }, [&](int i) { read_frame(out[i], run); });
  } else {
    play(
        run, [&](int i) { write_all(in[i], payload, run.size); },
        [&](int i) { read_all(out[i], payload, run.size); });
  }
}
