// What an end has lent to the program that uses it: messages being put together, or being read,
// where they lie. Pure data structure, without allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ipcmark {

// The most that an end lends at once, whatever its channel's depth.
inline constexpr std::uint32_t max_loans = 64;

// Of a channel that is sure to hold `depth` messages: that many an end may have of them all.
inline constexpr std::uint32_t loans_of(std::uint64_t depth) {
  return depth < max_loans ? static_cast<std::uint32_t>(depth) : max_loans;
}

// In the order in which they were lent, which is that of the messages. One thread.
template <class Loan>
class Loans {
 public:
  // `limit`: from 1 to max_loans.
  explicit Loans(std::uint32_t limit) : limit_(limit) {}

  bool empty() const { return count_ == 0; }
  bool full() const { return count_ >= limit_; }
  std::uint32_t count() const { return count_; }
  // Not full.
  void add(const Loan& loan) { loans_[(first_ + count_++) % max_loans] = loan; }
  // Not empty.
  const Loan& oldest() const { return loans_[first_]; }
  Loan take_oldest() {
    const Loan loan = loans_[first_];
    first_ = (first_ + 1) % max_loans;
    --count_;
    return loan;
  }
  void clear() { count_ = 0; }

 private:
  // Before the loans themselves: beside what an end looks at with each message.
  std::uint32_t limit_;
  std::uint32_t first_ = 0;
  std::uint32_t count_ = 0;
  std::array<Loan, max_loans> loans_{};
};

}  // namespace ipcmark
