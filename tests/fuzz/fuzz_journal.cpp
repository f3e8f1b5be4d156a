// The reader of journals.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tools/session/journal.hpp"

using namespace ipcmark;

namespace {

std::string written(const JournalText& journal) {
  std::string text = journal_head_line(journal.head);
  for (const JournalEntry& entry : journal.entries) text += journal_entry_line(entry);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto journal = parse_journal(text);
  if (!journal) {
    if (journal.error().empty() || journal.error().find('\n') != std::string::npos) std::abort();
    return 0;
  }
  if (journal->whole_bytes > size) std::abort();
  if (!mismatch(journal->head, journal->head).empty()) std::abort();
  for (const JournalEntry& entry : journal->entries) {
    if (entry.cell >= journal->head.cells.size()) std::abort();
  }
  // What was read can be written, and read again to the same.
  const std::string once = written(*journal);
  const auto again = parse_journal(once);
  if (!again || !again->damage.empty() || written(*again) != once) std::abort();
  return 0;
}
