// The reader of journals.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tools/session/journal.hpp"

using namespace ipcmark;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto journal = parse_journal(text);
  if (!journal) {
    if (journal.error().empty() || journal.error().find('\n') != std::string::npos) std::abort();
    return 0;
  }
  if (journal->whole_bytes > size) std::abort();
  if (!misfit(journal->head, journal->head).empty()) std::abort();
  std::string written = journal_head_line(journal->head);
  for (const JournalEntry& entry : journal->entries) {
    if (entry.cell >= journal->head.cells.size()) std::abort();
    written += journal_entry_line(entry);
  }
  // What was read can be written, and read again to the same.
  const auto again = parse_journal(written);
  if (!again || again->entries.size() != journal->entries.size()) std::abort();
  if (!again->damage.empty()) std::abort();
  return 0;
}
