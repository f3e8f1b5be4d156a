// What the middleman (middleman.cpp) does with the messages that come past it. Safe to use from
// several threads.
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace evil {

inline constexpr int control_link = 3;      // scenarios/launch/spawn.hpp
inline constexpr int longest_tries = 1000;  // of a millisecond each, for what is sent on purpose

using Bytes = std::vector<char>;
// Sends bytes by the real call: how many went, or -1 and errno.
using Push = std::function<ssize_t(const char* bytes, std::size_t size)>;

inline std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

inline bool is_worker() {
  std::ifstream line("/proc/self/cmdline");
  std::string program, first;
  std::getline(line, program, '\0');
  std::getline(line, first, '\0');
  return first == "--ipcmark-worker";
}

class Middleman {
 public:
  Middleman() : kind_(setting("IPCMARK_MIDDLEMAN")), notes_(setting("IPCMARK_MIDDLEMAN_NOTES")) {
    if (kind_.empty() || notes_.empty() || !is_worker()) return;
    wanted_ = std::atoi(setting("IPCMARK_MIDDLEMAN_WORKER").c_str());
    left_ = std::atol(setting("IPCMARK_MIDDLEMAN_NTH").c_str());
    from_ = static_cast<std::size_t>(std::atol(setting("IPCMARK_MIDDLEMAN_FROM").c_str()));
  }

  // `channel`: what tells this way from others. `whole`: by nature all or nothing goes.
  ssize_t pass(long channel, const char* bytes, std::size_t size, const Push& push) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (held_channel_ == channel) return overtake(bytes, size, push);
    if (left_ == 0 || size < from_) return push(bytes, size);
    if (--left_ > 0) return push(bytes, size);
    if (place_ < 0) place_ = take_ticket();
    if (place_ != wanted_) return push(bytes, size);
    const ssize_t done = spoil(channel, bytes, size, push);
    if (!spoilt_) left_ = 1;  // it could not be sent at all, or not far enough: the next one
    return done;
  }

  // What has been read of another process's memory, in place.
  void pulled(char* bytes, std::size_t size) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (left_ == 0 || size < from_) return;
    if (--left_ == 0) {
      if (place_ < 0) place_ = take_ticket();
      if (place_ != wanted_) return;
      spoil_in_place(bytes, size);
      if (spoilt_) return;
      left_ = 1;
    }
    held_.assign(bytes, bytes + size);
  }

  bool idle() const { return left_ == 0 && held_channel_ < 0; }
  // Whether the next message of that channel overtakes one.
  bool holds_back(long channel) const { return held_channel_ == channel; }

 private:
  int take_ticket() const {
    for (int place = 0; place < 256; ++place) {
      const std::string name = notes_ + "/worker." + std::to_string(place);
      const int file = ::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
      if (file < 0) continue;
      ::close(file);
      return place;
    }
    return -1;
  }

  void note() {
    spoilt_ = true;
    const int file = ::open((notes_ + "/spoilt").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
  }

  ssize_t spoil(long channel, const char* bytes, std::size_t size, const Push& push) {
    const auto all = static_cast<ssize_t>(size);
    if (kind_ == "drop") {
      note();
      return all;
    }
    if (kind_ == "swap") {
      held_.assign(bytes, bytes + size);
      held_channel_ = channel;
      note();
      return all;
    }
    if (kind_ == "flip") {
      Bytes copy(bytes, bytes + size);
      copy[size / 2] = static_cast<char>(copy[size / 2] ^ 0x10);
      const ssize_t done = push(copy.data(), size);
      if (done > static_cast<ssize_t>(size / 2)) note();
      return done;
    }
    if (kind_ == "tear") {
      const ssize_t done = push(bytes, size / 2);
      if (done <= 0) return done;
      note();
      return all;
    }
    const ssize_t done = push(bytes, size);  // double
    if (done <= 0) return done;
    if (push_all(bytes, static_cast<std::size_t>(done), push)) note();
    return done;
  }

  void spoil_in_place(char* bytes, std::size_t size) {
    if (kind_ == "flip") {
      bytes[size / 2] = static_cast<char>(bytes[size / 2] ^ 0x10);
    } else if (kind_ == "tear") {
      // What never came leaves what was there before: of a half of zeros, too, something else.
      for (std::size_t at = size / 2; at < size; ++at) bytes[at] = static_cast<char>(~bytes[at]);
    } else if (kind_ == "double" && held_.size() == size) {
      std::memcpy(bytes, held_.data(), size);
    } else {
      return;
    }
    note();
  }

  ssize_t overtake(const char* bytes, std::size_t size, const Push& push) {
    const ssize_t done = push(bytes, size);
    if (done <= 0) return done;
    held_channel_ = -1;
    push_all(held_.data(), held_.size(), push);
    return done;
  }

  // Whatever there is room for, for a while.
  static bool push_all(const char* bytes, std::size_t size, const Push& push) {
    std::size_t gone = 0;
    for (int tries = 0; gone < size && tries < longest_tries; ++tries) {
      const ssize_t done = push(bytes + gone, size - gone);
      if (done > 0) {
        gone += static_cast<std::size_t>(done);
      } else if (errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT || errno == ENOBUFS) {
        ::poll(nullptr, 0, 1);
      } else {
        break;
      }
    }
    return gone > 0;
  }

  std::string kind_, notes_;
  std::atomic<long> left_{0};    // messages until the chosen one
  int wanted_ = 0, place_ = -1;  // among the workers that came so far; -1: it has not yet
  std::size_t from_ = 0;
  bool spoilt_ = false;
  Bytes held_;  // a message that another overtakes, or the last one that was pulled
  std::atomic<long> held_channel_{-1};
  std::mutex mutex_;
};

inline Middleman& middleman() {
  static Middleman only;
  return only;
}

inline bool carries_messages(int fd) {
  struct stat status {};
  return fd > control_link && ::fstat(fd, &status) == 0 &&
         (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

inline bool of_interest(int fd) { return !middleman().idle() && carries_messages(fd); }

inline Bytes gathered(const iovec* parts, std::size_t count) {
  Bytes all;
  for (std::size_t i = 0; i < count; ++i) {
    const char* begin = static_cast<const char*>(parts[i].iov_base);
    all.insert(all.end(), begin, begin + parts[i].iov_len);
  }
  return all;
}

}  // namespace evil
