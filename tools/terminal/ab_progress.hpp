// Progress of `ipcmark ab` on stderr: a line that is redrawn on a terminal, else one now and then.
#pragma once

#include <cstdint>
#include <string>

#include "tools/session/ab_session.hpp"

namespace ipcmark {

class AbProgress : public AbObserver {
 public:
  // `for_ns`: the run's limit in time; 0: none.
  AbProgress(bool terminal, unsigned width, std::uint64_t for_ns);
  void trial_ended(const RunSpec& spec, AbSide side, const Trial& trial) override;
  void round_ended(std::uint32_t round, std::uint32_t rounds) override;
  void finish();  // clears the redrawn line

 private:
  void message(const std::string& text);
  bool terminal_;
  unsigned width_;
  std::uint64_t for_ns_;
  std::uint64_t began_ns_ = 0;
  std::uint64_t reported_ns_ = 0;
  unsigned errors_ = 0;
};

}  // namespace ipcmark
