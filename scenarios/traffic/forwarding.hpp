// Endpoints that pass every call on to another one, which they own: bases of those that change or
// note some of the calls. Whoever adds a call to transport.hpp adds it here, and nowhere else.
#pragma once

#include <memory>
#include <utility>

#include "backends/transport.hpp"

namespace ipcmark {

class ForwardingSender : public Sender {
 public:
  explicit ForwardingSender(std::unique_ptr<Sender> inner) : inner_(std::move(inner)) {}
  Status send(std::span<const std::byte> message, Deadline deadline) override {
    return inner_->send(message, deadline);
  }
  Status flush(Deadline deadline) override { return inner_->flush(deadline); }
  Result<std::span<std::byte>> loan(std::size_t size, Deadline deadline) override {
    return inner_->loan(size, deadline);
  }
  Status publish(std::size_t size) override { return inner_->publish(size); }
  void abandon() override { inner_->abandon(); }
  Status close(Deadline deadline) override { return inner_->close(deadline); }

 private:
  std::unique_ptr<Sender> inner_;
};

class ForwardingReceiver : public Receiver {
 public:
  explicit ForwardingReceiver(std::unique_ptr<Receiver> inner) : inner_(std::move(inner)) {}
  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    return inner_->receive(buffer, deadline);
  }
  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    return inner_->borrow(deadline);
  }
  void release() override { inner_->release(); }
  Status subscribe(std::uint8_t topic) override { return inner_->subscribe(topic); }
  bool ready() override { return inner_->ready(); }
  int descriptor() const override { return inner_->descriptor(); }
  std::atomic<std::uint32_t>* futex_word() override { return inner_->futex_word(); }
  void announce_wait(bool waiting) override { inner_->announce_wait(waiting); }
  bool must_announce() override { return inner_->must_announce(); }

 private:
  std::unique_ptr<Receiver> inner_;
};

}  // namespace ipcmark
