// Names for kernel objects that a worker makes itself (Layout::own_channel). The coordinator claims
// each, so that the run's manifest has it, and lends it to the worker, which uses it again and
// again; once the worker has ended, the coordinator removes what it may have left under it.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "backends/names.hpp"
#include "scenarios/link/control_link.hpp"

namespace ipcmark {

// The worker's side. One thread.
class LentNames final : public Names {
 public:
  // Borrows the link to the coordinator, which nobody else may be waiting on in claim().
  explicit LentNames(ControlLink& link) : link_(link) {}
  // One that was given back, else one more from the coordinator (a question and an answer).
  Result<std::string> claim(ObjectKind kind) override;
  void released(const std::string& name) override;

 private:
  ControlLink& link_;
  std::deque<std::pair<ObjectKind, std::string>> free_;
  std::vector<std::pair<ObjectKind, std::string>> used_;
};

// The coordinator's side: who lends. Its destructor removes the objects of the names it lent, and
// releases those that nothing is left of.
class NameLender {
 public:
  explicit NameLender(Names& names) : names_(&names) {}
  NameLender(NameLender&& other) noexcept
      : names_(other.names_), lent_(std::exchange(other.lent_, {})) {}
  NameLender& operator=(NameLender&&) = delete;
  NameLender(const NameLender&) = delete;
  NameLender& operator=(const NameLender&) = delete;
  ~NameLender();
  // The answer to MessageType::claim.
  LinkMessage lend(std::uint32_t kind);

 private:
  Names* names_;
  std::vector<std::pair<ObjectKind, std::string>> lent_;
};

}  // namespace ipcmark
