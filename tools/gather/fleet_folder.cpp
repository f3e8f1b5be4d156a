#include "tools/gather/fleet_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <set>
#include <tuple>
#include <utility>

#include "backends/kernel/file_text.hpp"
#include "tools/files/new_file.hpp"

namespace ipcmark {
namespace {

constexpr std::array<const char*, 5> tables{
    {"runs.csv", "labels.csv", "figures.csv", "cells.csv", "columns.csv"}};

std::string cannot_write(const std::string& path, const std::string& why) {
  return fmt::format("cannot write '{}': {}", path, why);
}

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real == nullptr ? std::string() : real.get();
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory + (directory.ends_with('/') ? "" : "/") + name;
}

// The names in it that no merge wrote, sorted.
std::vector<std::string> names_of_others(const std::string& directory) {
  std::vector<std::string> names = names_in(directory);
  std::erase_if(names, [](const std::string& name) {
    return std::find(tables.begin(), tables.end(), name) != tables.end();
  });
  return names;
}

bool begins_with(const std::string& path, const std::string& text) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string read(text.size(), '\0');
  return file &&
         ::read(file.get(), read.data(), read.size()) == static_cast<ssize_t>(read.size()) &&
         read == text;
}

// The first table in it that no merge wrote; empty: there is none.
std::string table_of_others(const std::string& directory) {
  if (begins_with(joined(directory, "columns.csv"), fleet_table_head("columns.csv"))) return {};
  const std::vector<std::string> names = names_in(directory);
  const auto found = std::find_if(tables.begin(), tables.end(), [&names](const char* table) {
    return std::find(names.begin(), names.end(), table) != names.end();
  });
  return found == tables.end() ? std::string() : *found;
}

// A file system of its own cannot change its name.
bool is_mounted(const std::string& path) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, 0, &status) != 0) return false;
  return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// A table that is being made.
class Table {
 public:
  explicit Table(NewFile file) : file_(std::move(file)) {}
  // Both return 0, or an errno.
  int add(std::string_view text) {
    buffer_ += text;
    return buffer_.size() < buffered ? 0 : flush();
  }
  int flush() {
    const int error = write_all(file_.descriptor(), buffer_);
    buffer_.clear();
    return error;
  }
  NewFile& file() { return file_; }

 private:
  static constexpr std::size_t buffered = std::size_t{1} << 18U;
  NewFile file_;
  std::string buffer_;
};

// Makes all tables, without a name yet.
tl::expected<std::vector<Table>, int> make_tables(const std::string& directory) {
  std::vector<Table> made;
  made.reserve(tables.size());
  for (std::size_t i = 0; i < tables.size(); ++i) {
    auto file = NewFile::make(directory);
    if (!file) return tl::make_unexpected(file.error());
    made.emplace_back(std::move(*file));
  }
  return made;
}

// Gives each its name in the directory. 0, or an errno.
int publish(std::vector<Table>& made, const std::string& directory) {
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (const int error = made[i].file().publish(joined(directory, tables[i])); error != 0) {
      return error;
    }
  }
  return 0;
}

// The same of tables that have names in another directory, where one cannot take the other's place.
int move_tables(const std::string& from, const std::string& directory) {
  for (const char* name : tables) {
    if (::rename(joined(from, name).c_str(), joined(directory, name).c_str()) != 0) return errno;
  }
  return 0;
}

// Gives the folder `made` the place of `path`. 0, or an errno. NFS, CephFS and FUSE can neither
// exchange nor refuse to replace, and overlayfs moves no folder of a lower layer.
int place_folder(const std::string& made, const std::string& path, bool exists) {
  const unsigned how = exists ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, path.c_str(), how) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != EXDEV && errno != EOPNOTSUPP) return errno;
  if (exists) return move_tables(made, path);
  // Of what is there meanwhile, it replaces an empty folder alone.
  return ::rename(made.c_str(), path.c_str()) == 0 ? 0 : errno;
}

void remove_tables(const std::string& directory) {
  for (const char* name : tables) ::unlink(joined(directory, name).c_str());
  ::rmdir(directory.c_str());
}

// In the place of what is at `path`, or where nothing is. 0, or an errno.
int publish_folder(std::vector<Table>& made, const std::string& made_in, const std::string& path,
                   bool exists) {
  std::random_device random;
  const std::string partial =
      joined(made_in, fmt::format(".ipcmark-{:08x}{:08x}.partial", random(), random()));
  struct stat status {};
  const bool like = exists && ::stat(path.c_str(), &status) == 0;
  if (::mkdir(partial.c_str(), 0777) != 0) return errno;
  int error = like && ::chmod(partial.c_str(), status.st_mode & 07777U) != 0 ? errno : 0;
  if (error == 0) error = publish(made, partial);
  if (error == 0) error = place_folder(partial, path, exists);
  if (error != 0 || exists) remove_tables(partial);  // the new ones, or those of before
  return error;
}

}  // namespace

tl::expected<FleetFolder::Target, std::string> FleetFolder::find_target(const std::string& path,
                                                                        bool into_others) {
  Target target;
  target.named = path;
  std::string plain = path;
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  const std::size_t slash = plain.rfind('/');
  struct stat status {};
  target.exists = ::stat(plain.c_str(), &status) == 0;
  if (!target.exists) {
    const int error = errno;
    const std::string parent = slash == std::string::npos ? "." : plain.substr(0, slash + 1);
    target.made_in = real_path(parent);
    // A link to nothing is something else than nothing.
    const bool link = ::lstat(plain.c_str(), &status) == 0;
    if (error != ENOENT || target.made_in.empty() || plain.empty() || link) {
      return tl::make_unexpected(
          cannot_write(path, link ? "it is a link to nothing; remove it, or name another"
                                  : std::strerror(error)));
    }
    target.path = joined(target.made_in, plain.substr(slash == std::string::npos ? 0 : slash + 1));
    return target;
  }
  if (!S_ISDIR(status.st_mode)) {
    return tl::make_unexpected(cannot_write(path, "it is no directory; name a folder"));
  }
  target.path = real_path(plain);
  if (const std::string table = table_of_others(target.path); !table.empty()) {
    return tl::make_unexpected(cannot_write(
        path, fmt::format("it holds a '{}' that no merge wrote; name another folder", table)));
  }
  const std::vector<std::string> others = names_of_others(target.path);
  const bool ours = others.empty();
  if (!ours && !into_others) {
    return tl::make_unexpected(cannot_write(
        path, fmt::format("it holds '{}', too; name another folder, or let --force put the tables "
                          "beside it",
                          others.front())));
  }
  const std::string parent = target.path.substr(0, target.path.rfind('/') + 1);
  target.replaced = ours && ::access(parent.c_str(), W_OK | X_OK) == 0 && !is_mounted(target.path);
  target.made_in = target.replaced ? parent : target.path;
  return target;
}

tl::expected<FleetFolder, std::string> FleetFolder::open(const std::string& path,
                                                         bool into_others) {
  auto target = find_target(path, into_others);
  if (!target) return tl::make_unexpected(target.error());
  auto text = KeptText::make(target->made_in);
  if (!text) return tl::make_unexpected(cannot_write(path, std::strerror(text.error())));
  return FleetFolder(std::move(*target), std::move(*text));
}

void FleetFolder::add(const FleetRun& run) {
  if (const auto place = same_.dropped(run, kept_.size())) {
    ++dropped_;
    if (*place == kept_.size()) return;
    kept_[*place].dropped = true;
  }
  Run kept;
  kept.started = run.run.started;
  kept.id = run.run.id;
  kept.host = run.host;
  kept.host_class = run.host_class;
  kept.runs = text_.keep(rows_of_runs(run));
  kept.labels = text_.keep(rows_of_labels(run));
  kept.figures = text_.keep(rows_of_figures(run));
  kept.cells = text_.keep(wide_.draft(run));
  kept.cell_count = run.cells.size();
  for (const FleetCell& cell : run.cells) kept.figure_count += cell.figures.size();
  kept_.push_back(std::move(kept));
}

std::vector<const FleetFolder::Run*> FleetFolder::in_order() const {
  std::vector<const Run*> runs;
  runs.reserve(kept_.size());
  for (const Run& run : kept_) {
    if (!run.dropped) runs.push_back(&run);
  }
  std::sort(runs.begin(), runs.end(), [](const Run* a, const Run* b) {
    return std::tie(a->started, a->id) < std::tie(b->started, b->id);
  });
  return runs;
}

FleetFolder::Contents FleetFolder::contents() const {
  Contents contents;
  std::set<std::string> hosts;
  std::set<std::string> classes;
  for (const Run* run : in_order()) {
    ++contents.runs;
    contents.cells += run->cell_count;
    contents.figures += run->figure_count;
    if (!run->host.empty()) hosts.insert(run->host);
    classes.insert(run->host_class);
  }
  contents.hosts = hosts.size();
  contents.host_classes = classes.size();
  return contents;
}

int FleetFolder::write() {
  auto made = make_tables(target_.made_in);
  if (!made) return made.error();
  int error = 0;
  const auto add = [&](std::size_t table, std::string_view text) {
    if (error == 0) error = (*made)[table].add(text);
  };
  const auto kept = [&](KeptText::Part part) {
    auto text = text_.read(part);
    if (!text && error == 0) error = text.error();
    return text.value_or(std::string());
  };
  const std::vector<const Run*> runs = in_order();
  for (const Run* run : runs) wide_.use(kept(run->cells));
  for (const std::size_t table : {0U, 1U, 2U, 4U}) add(table, fleet_table_head(tables[table]));
  add(3, wide_.head());
  for (const Run* run : runs) {
    add(0, kept(run->runs));
    add(1, kept(run->labels));
    add(2, kept(run->figures));
    add(3, wide_.rows(kept(run->cells)));
  }
  add(4, rows_of_columns(fleet_columns()));
  add(4, rows_of_columns(wide_.columns()));
  for (Table& table : *made) {
    if (error == 0) error = table.flush();
    if (error == 0) error = table.file().write({});  // down to the disk
  }
  if (error != 0) return error;
  if (!target_.replaced) return publish(*made, target_.path);
  return publish_folder(*made, target_.made_in, target_.path, target_.exists);
}

tl::expected<void, std::string> FleetFolder::commit() {
  const int error = write();
  if (error == 0) return {};
  return tl::make_unexpected(cannot_write(target_.named, std::strerror(error)));
}

}  // namespace ipcmark
