#include "tools/session/journal_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "backends/deadline.hpp"
#include "backends/kernel/file_text.hpp"
#include "backends/refusal.hpp"
#include "results/json/json.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t sync_interval_ns = 1'000'000'000;
constexpr int open_attempts = 100;
constexpr int max_set_aside = 10'000;

tl::unexpected<std::string> refused(std::string sentence) {
  return tl::make_unexpected(std::move(sentence));
}

std::string reason_of(int error) {
  return std::error_code(error, std::generic_category()).message();
}

tl::unexpected<std::string> cannot_write(const std::string& path, int error) {
  const std::string_view way = way_out(error);
  return refused(fmt::format("cannot write the journal '{}': {}; {}", path, reason_of(error),
                             way.empty() ? "let the result go elsewhere" : way));
}

// A device may have no end.
bool is_regular(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

bool is_same_file(int fd, const std::string& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(fd, &open) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

// Of a run that ends at this moment the journal may be gone once it could be locked.
tl::expected<Fd, std::string> open_locked(const std::string& path, int flags) {
  for (int attempt = 0; attempt < open_attempts; ++attempt) {
    Fd file{::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666)};
    if (!file && errno == ELOOP)
      return refused(fmt::format(
          "cannot write the journal '{}': a symbolic link lies there; remove it", path));
    if (!file)
      return refused(
          fmt::format("cannot write the journal '{}': {}; let the result go to a directory "
                      "where files can be made",
                      path, reason_of(errno)));
    if (!is_regular(file.get()))
      return refused(
          fmt::format("cannot write the journal '{}': no regular file lies there; move it "
                      "away, or let the result go elsewhere",
                      path));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
      return refused(
          fmt::format("the journal '{}' is being written by another run; wait for its end, "
                      "or let the result go elsewhere",
                      path));
    if (is_same_file(file.get(), path)) return file;
  }
  return refused(fmt::format("the journal '{}' comes and goes; let the result go elsewhere", path));
}

tl::expected<std::string, std::string> content(int fd, const std::string& path) {
  (void)::lseek(fd, 0, SEEK_SET);
  auto text = read_to_end(fd, largest_document);
  if (text) return std::move(*text);
  if (text.error().code == Errc::too_large)
    return refused(
        fmt::format("cannot read the journal '{}': it is larger than {}; move it away, "
                    "or name another",
                    path, size_text(largest_document)));
  return refused(
      fmt::format("cannot read the journal '{}': {}", path, reason_of(text.error().sys_errno)));
}

// All of it, or an errno.
int write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return 0;
}

// Some file systems cannot (EINVAL): what they have written is then as safe as it gets.
int sync_data(int fd) { return ::fdatasync(fd) == 0 || errno == EINVAL ? 0 : errno; }

// A new file's name lies in its directory.
void sync_name(const std::string& path) {
  const auto slash = path.find_last_of('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Fd file{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (file) (void)::fsync(file.get());
}

// What lies in the way, and what can be done with it; empty: nothing is lost by writing there.
std::string in_the_way(const std::string& path, const std::string& text) {
  if (text.empty()) return {};
  const auto parsed = parse_journal(text);
  if (!parsed)
    return fmt::format(
        "'{}' lies where the journal is to go ({}); set it aside with --fresh, or "
        "let the result go elsewhere",
        path, parsed.error());
  if (parsed->entries.empty() && parsed->damage.empty()) return {};
  return fmt::format(
      "'{}' holds {} trials of a run that did not end{}; go on with --resume '{}', "
      "or set it aside with --fresh",
      path, parsed->entries.size(),
      parsed->damage.empty() ? "" : fmt::format(" ({})", parsed->damage), path);
}

// The first free name, taken.
tl::expected<std::string, std::string> rename_aside(const std::string& path) {
  for (int number = 1; number < max_set_aside; ++number) {
    const std::string name = fmt::format("{}.{}", path, number);
    if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0)
      return name;
    if (errno == EEXIST) continue;
    // Not every file system knows the flag.
    if (errno != EINVAL && errno != ENOSYS)
      return refused(fmt::format("cannot rename '{}': {}; move it away", path, reason_of(errno)));
    if (::access(name.c_str(), F_OK) != 0 && ::rename(path.c_str(), name.c_str()) == 0) return name;
  }
  return refused(fmt::format("cannot rename '{}': every name up to '{}.{}' is taken; remove some",
                             path, path, max_set_aside - 1));
}

tl::expected<std::string, std::string> copy_aside(const std::string& path, std::string_view text) {
  for (int number = 1; number < max_set_aside; ++number) {
    const std::string name = fmt::format("{}.{}", path, number);
    const Fd file{::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    if (!file && errno == EEXIST) continue;
    int error = file ? write_whole(file.get(), text) : errno;
    if (error == 0) error = sync_data(file.get());
    if (error == 0) return name;
    if (file) ::unlink(name.c_str());
    return refused(
        fmt::format("cannot keep the damaged journal as '{}': {}; make room there, or let "
                    "the result go elsewhere",
                    name, reason_of(error)));
  }
  return refused(
      fmt::format("cannot keep the damaged journal '{}': too many lie there; remove some", path));
}

}  // namespace

tl::expected<JournalFile, std::string> read_journal(const std::string& path) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file)
    return refused(fmt::format("cannot read the journal '{}': {}", path, reason_of(errno)));
  if (!is_regular(file.get()))
    return refused(fmt::format("cannot read the journal '{}': not a regular file", path));
  const auto text = content(file.get(), path);
  if (!text) return refused(text.error());
  auto parsed = parse_journal(*text);
  if (!parsed)
    return refused(
        fmt::format("the journal '{}': {}; name the FILE.journal that a run left beside its "
                    "result",
                    path, parsed.error()));
  return JournalFile{std::move(*parsed), text->size()};
}

tl::expected<std::string, std::string> set_aside(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 && errno == ENOENT) return std::string();
  // The lock says whether a run is writing it; whose it is does not matter, as nothing is lost.
  const auto file = open_locked(path, O_RDONLY | O_NOFOLLOW);
  if (!file) return refused(file.error());
  return rename_aside(path);
}

tl::expected<Journal, std::string> Journal::start(const std::string& path,
                                                  const JournalHead& head) {
  auto file = open_locked(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW);
  if (!file) return refused(file.error());
  const auto before = content(file->get(), path);
  if (!before) return refused(before.error());
  if (std::string sentence = in_the_way(path, *before); !sentence.empty())
    return refused(std::move(sentence));
  if (::ftruncate(file->get(), 0) != 0) return cannot_write(path, errno);
  Journal journal{std::move(*file), path};
  if (auto done = journal.write_line(journal_head_line(head)); !done) {
    journal.remove();  // there is nothing in it
    return refused(done.error());
  }
  sync_name(path);
  return journal;
}

tl::expected<Journal, std::string> Journal::go_on(const std::string& path, const JournalFile& read,
                                                  std::string& kept) {
  auto file = open_locked(path, O_RDWR | O_APPEND);
  if (!file) return refused(file.error());
  const auto text = content(file->get(), path);
  if (!text) return refused(text.error());
  if (text->size() != read.bytes)
    return refused(
        fmt::format("the journal '{}' has just been written by another run; try again", path));
  if (!read.text.damage.empty() && !read.text.torn) {
    auto name = copy_aside(path, *text);
    if (!name) return refused(name.error());
    kept = std::move(*name);
  }
  if (::ftruncate(file->get(), static_cast<off_t>(read.text.whole_bytes)) != 0)
    return cannot_write(path, errno);
  return Journal{std::move(*file), path};
}

Journal::~Journal() {
  if (file_) (void)sync_data(file_.get());
}

tl::expected<void, std::string> Journal::append(const JournalEntry& entry) {
  return write_line(journal_entry_line(entry));
}

void Journal::remove() {
  if (file_ && is_same_file(file_.get(), path_)) ::unlink(path_.c_str());
}

tl::expected<void, std::string> Journal::write_line(const std::string& line) {
  const auto before = ::lseek(file_.get(), 0, SEEK_END);
  if (const int error = write_whole(file_.get(), line); error != 0) {
    if (before >= 0) (void)!::ftruncate(file_.get(), before);
    return cannot_write(path_, error);
  }
  return sync();
}

tl::expected<void, std::string> Journal::sync() {
  const std::uint64_t now = now_ns();
  if (synced_ns_ != 0 && now - synced_ns_ < sync_interval_ns) return {};
  if (const int error = sync_data(file_.get()); error != 0) return cannot_write(path_, error);
  synced_ns_ = now;
  return {};
}

}  // namespace ipcmark
