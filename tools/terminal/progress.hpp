// Progress on stderr: a line that is redrawn on a terminal, else a line per finished cell; and, as
// the first trials of the plan's first table end, a row of each, since the table itself comes at
// the end.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tools/session/session.hpp"

namespace ipcmark {

class TerminalProgress : public Observer {
 public:
  TerminalProgress(bool terminal, unsigned width, Catalogue catalogue);
  void started(const Plan& plan, std::size_t turns) override;
  void trial_begins(const RunSpec& spec, std::size_t turn, std::size_t turns) override;
  void trial_ended(const RunSpec& spec, const Trial& trial, std::uint64_t took_ns) override;
  void message(const std::string& text) override;
  // Clears the redrawn line; called before results are printed.
  void finish();

 private:
  void draw(const std::string& what, std::size_t turn, std::size_t turns);
  std::string headline(const RunSpec& spec, const Trial& trial) const;
  void show_first_row(const RunSpec& spec, const Trial& trial);

  bool terminal_;
  unsigned width_;
  Catalogue catalogue_;
  std::uint32_t rounds_ = 0;
  std::uint64_t began_ns_ = 0;
  std::uint64_t estimated_ns_ = 0;
  std::size_t done_ = 0;
  std::size_t turns_ = 0;
  std::map<std::string, std::uint32_t> trials_of_;  // by key
  std::set<std::string> first_table_;               // keys
  bool first_row_shown_ = false;
};

}  // namespace ipcmark
