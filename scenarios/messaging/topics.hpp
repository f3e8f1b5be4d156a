// Publish and subscribe as one knows it in advance: which topic each message has, who wants which,
// and so what must have reached whom.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

// All of it follows from these numbers.
struct Topics {
  std::uint64_t seed = 0;
  std::uint32_t topics = 1;      // numbered from 0; at most 200
  std::uint32_t publishers = 1;  // likewise
  std::uint64_t each = 0;        // messages of each publisher, numbered from 0

  std::uint8_t topic_of(std::uint32_t publisher, std::uint64_t number) const;
  // Subscriber 0 wants every topic, 1 every second, 2 every third, … and round again; all want 0.
  bool wants(std::uint32_t subscriber, std::uint32_t topic) const;
};

// One subscriber's account of what it got.
class TopicTracker {
 public:
  TopicTracker(const Topics& topics, std::uint32_t subscriber);

  // An intact message. Memory only for those that are missing.
  void arrived(std::uint32_t publisher, std::uint64_t number);
  // Damaged ones, which cannot be trusted to say which they were.
  void damaged(bool wrong_length);

  // What it comes to at the end; lost are those wanted that never came.
  Integrity settle() const;
  // The same before all has come: nothing is lost yet.
  Integrity so_far() const { return integrity_; }
  // Came although nobody had asked for them.
  std::uint64_t unwanted() const { return unwanted_; }

 private:
  struct Publisher {
    std::uint64_t next = 0;           // all wanted before it came, but for:
    std::set<std::uint64_t> missing;  // these
  };
  bool wanted(std::uint32_t publisher, std::uint64_t number) const {
    return topics_.wants(subscriber_, topics_.topic_of(publisher, number));
  }

  Topics topics_;
  std::uint32_t subscriber_;
  std::vector<Publisher> publishers_;
  std::uint64_t unwanted_ = 0;
  Integrity integrity_;
};

}  // namespace ipcmark
