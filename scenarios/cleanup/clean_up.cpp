#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/cleanup/manifest_file.hpp"
#include "scenarios/cleanup/named_objects.hpp"
#include "scenarios/cleanup/origin.hpp"
#include "scenarios/cleanup/runtime_directory.hpp"
#include "scenarios/cleanup/trace_instances.hpp"

namespace ipcmark {
namespace {

// A run writes an object's key into its manifest just before it makes the object.
constexpr std::int64_t making_takes_at_most_s = 60;

Result<std::vector<std::string>> entries_of(int directory) {
  std::vector<std::string> leaves;
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing{copy < 0 ? nullptr : ::fdopendir(copy),
                                                    [](DIR* d) { return d ? ::closedir(d) : 0; }};
  const int error = errno;
  if (!listing && copy >= 0) ::close(copy);
  if (!listing) return fail(Errc::system, "listing it", error);
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {  // NOLINT(concurrency-mt-unsafe)
    const std::string leaf = entry->d_name;
    if (leaf != "." && leaf != "..") leaves.push_back(leaf);
    errno = 0;
  }
  if (errno != 0) return fail(Errc::system, "listing it", errno);
  std::sort(leaves.begin(), leaves.end());
  return leaves;
}

struct ManifestPlace {
  const RuntimeDirectory* base;
  std::string run_id;  // as the file's name says
  std::string leaf() const { return run_id + std::string{manifest_suffix}; }
  std::string path() const { return base->path + "/" + leaf(); }
};

struct OpenManifest {
  Fd file;
  bool live = false;  // else locked by us: nobody else cleans up after this run
  std::int64_t last_entry_s = 0;
  tl::expected<ManifestText, Unreadable> text = tl::make_unexpected(Unreadable{});
};

// Nothing: gone meanwhile, or no manifest at all. One that cannot be opened has no text, but the
// reason.
std::optional<OpenManifest> open_manifest(const ManifestPlace& place) {
  OpenManifest open;
  const auto unreadable = [&](bool ours, const char* what, int error) {
    open.text = tl::make_unexpected(Unreadable{ours, explain({Errc::system, error, what})});
    return std::move(open);
  };
  open.file = Fd{::openat(place.base->fd.get(), place.leaf().c_str(),
                          O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (!open.file && (errno == ENOENT || errno == ELOOP || errno == ENXIO)) return std::nullopt;
  if (!open.file) {
    const bool ours = place.base->ours || errno == EMFILE || errno == ENFILE;
    return unreadable(ours, "cannot be opened", errno);
  }
  struct stat status {};
  if (::fstat(open.file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_uid != ::geteuid())
    return std::nullopt;
  open.live = ::flock(open.file.get(), LOCK_EX | LOCK_NB) != 0;
  const int error = errno;
  // Unlinked since we opened it: its run ended, or another clean-up was faster.
  if (::fstat(open.file.get(), &status) != 0 || status.st_nlink == 0) return std::nullopt;
  open.last_entry_s = status.st_mtim.tv_sec;
  open.text = read_manifest(open.file.get());
  // One that is being written may be seen half written.
  for (int again = 0; again < 100 && open.live && !open.text; ++again)
    open.text = read_manifest(open.file.get());
  if (open.live && error != EWOULDBLOCK) {
    open.live = false;
    return unreadable(open.text.has_value(), "cannot be locked", error);
  }
  if (open.text && open.text->run_id != place.run_id)
    open.text = tl::make_unexpected(Unreadable{false, "is named after another run than its own"});
  return open;
}

Result<Fd> open_directory(const ManifestPlace& place) {
  Fd fd{::openat(place.base->fd.get(), place.run_id.c_str(),
                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd) return fail(Errc::system, "open", errno);
  return fd;
}

class CleanUp {
 public:
  CleanUp(bool dry_run, CleanReport& report)
      : dry_run_(dry_run), report_(report), here_(origin_here()), booted_s_(boot_time_s()) {}
  void run();

 private:
  void look_at_dead(const ManifestPlace& place);
  void look_at_live(const ManifestPlace& place);
  void say_unreadable(const ManifestPlace& place, const Unreadable& why);
  std::string why_left(const OpenManifest& open) const;
  std::string why_left(const ManifestText& text, ObjectKind kind) const;
  void clean(const ManifestPlace& place);
  bool clean_objects(const ManifestPlace& place, const OpenManifest& open, int directory);
  bool clean_directory(const ManifestPlace& place, const OpenManifest& open,
                       const Result<Fd>& directory);
  Result<Removal> remove(const Claim& claim, const OpenManifest& open, int directory) const;
  bool note(const Result<Removal>& outcome, const std::string& what);
  bool failed(const std::string& what, const std::string& why);

  bool dry_run_;
  CleanReport& report_;
  Origin here_;
  std::int64_t booted_s_;
  std::vector<ManifestPlace> dead_;
  std::map<std::string, int> sysv_ids_;  // by "kind key": what the dead runs' keys lead to
  std::set<std::string> live_names_;
};

std::string object_text(const Claim& claim) {
  return fmt::format("{} {}", to_string(claim.kind), claim.name);
}

std::string objects(std::size_t count) {
  return fmt::format("{} object{}", count, count == 1 ? "" : "s");
}

bool CleanUp::failed(const std::string& what, const std::string& why) {
  report_.failed.push_back(what + ": " + why);
  return false;
}

// False: it is still there, so the manifest has to stay.
bool CleanUp::note(const Result<Removal>& outcome, const std::string& what) {
  if (!outcome) return failed(what, explain(outcome.error()));
  if (*outcome == Removal::removed) report_.removed.push_back(what);
  return true;
}

// Opened one at a time, for there may be thousands. Their System V objects are looked up before the
// living runs' manifests are read: a living run writes a key down before it makes the object, so
// what was found here and is in none of theirs is none of theirs.
void CleanUp::look_at_dead(const ManifestPlace& place) {
  const auto open = open_manifest(place);
  if (!open || open->live) return;
  if (!open->text) return say_unreadable(place, open->text.error());
  if (const auto why = why_left(*open); !why.empty()) {
    report_.left.push_back(
        fmt::format("run {}, which {}: {} in {}; if that was here, remove the file and the "
                    "directory beside it",
                    place.run_id, why, objects(open->text->claims.size()), place.path()));
    return;
  }
  dead_.push_back(place);
  for (const auto& claim : open->text->claims)
    if (const auto id = sysv_id(claim)) sysv_ids_[object_text(claim)] = *id;
}

void CleanUp::say_unreadable(const ManifestPlace& place, const Unreadable& why) {
  const auto what = "manifest " + place.path();
  if (why.ours)
    (void)failed(what, "it " + why.reason);
  else if (place.base->ours)
    report_.left.push_back(what + ": it " + why.reason);
}

void CleanUp::look_at_live(const ManifestPlace& place) {
  const auto open = open_manifest(place);
  if (!open || !open->live) return;
  ++report_.live_runs;
  if (!open->text) return;
  for (const auto& claim : open->text->claims) live_names_.insert(object_text(claim));
}

// Empty: it ran on this machine since its last start.
std::string CleanUp::why_left(const OpenManifest& open) const {
  const auto& origin = open.text->origin;
  if (!origin || origin->boot == unknown_origin || here_.boot == unknown_origin)
    return open.last_entry_s >= booted_s_ ? std::string{}
                                          : "is older than this machine's last start";
  return origin->boot == here_.boot ? std::string{}
                                    : "ran before this machine's last start, or on another machine";
}

// Empty: an object of that kind can be reached from here, if it still exists.
std::string CleanUp::why_left(const ManifestText& text, ObjectKind kind) const {
  if (!text.origin || kind == ObjectKind::file) return {};
  const bool shm = kind == ObjectKind::posix_shm;
  const auto& there = shm ? text.origin->shm : text.origin->ipc;
  const auto& here = shm ? here_.shm : here_.ipc;
  if (there == unknown_origin || there == here) return {};
  return shm ? "under another /dev/shm" : "in another IPC namespace";
}

Result<Removal> CleanUp::remove(const Claim& claim, const OpenManifest& open, int directory) const {
  if (!is_sysv(claim.kind)) return remove_named(claim, open.text->run_id, directory, dry_run_);
  if (live_names_.contains(object_text(claim))) return Removal::absent;
  const auto found = sysv_ids_.find(object_text(claim));
  return remove_sysv(claim, found == sysv_ids_.end() ? -1 : found->second,
                     open.last_entry_s + making_takes_at_most_s, dry_run_);
}

bool CleanUp::clean_objects(const ManifestPlace& place, const OpenManifest& open, int directory) {
  bool all = true;
  std::map<std::string, std::size_t> elsewhere;  // how many, by where
  for (const auto& claim : open.text->claims) {
    const auto shown =
        claim.kind == ObjectKind::file
            ? fmt::format("file {}/{}/{}", place.base->path, place.run_id, claim.name)
            : object_text(claim);
    if (const auto where = why_left(*open.text, claim.kind); !where.empty()) {
      ++elsewhere[where];
      continue;
    }
    const auto outcome = remove(claim, open, directory);
    all &= note(outcome, shown);
    if (!outcome || *outcome != Removal::unproven) continue;
    all = false;
    report_.left.push_back(
        fmt::format("{}: changed after its run's last entry in {}, so it may be another program's",
                    shown, place.path()));
  }
  for (const auto& [where, count] : elsewhere)
    report_.left.push_back(
        fmt::format("run {}: {} {}; `ipcmark clean` there removes what is left, "
                    "or remove {} when that is gone",
                    place.run_id, objects(count), where, place.path()));
  return all && elsewhere.empty();
}

// Never with anything in it that the manifest does not name.
bool CleanUp::clean_directory(const ManifestPlace& place, const OpenManifest& open,
                              const Result<Fd>& directory) {
  const auto what = fmt::format("directory {}/{}", place.base->path, place.run_id);
  if (!directory && directory.error().sys_errno == ENOENT) return true;
  if (!directory) return failed(what, explain(directory.error()));
  const auto entries = entries_of(directory->get());
  if (!entries) return failed(what, explain(entries.error()));
  for (const auto& leaf : *entries) {
    const auto& claims = open.text->claims;
    const bool named = std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
      return claim.kind == ObjectKind::file && claim.name == leaf;
    });
    if (!named) return failed(what, fmt::format("'{}' in it is not its run's; move it away", leaf));
  }
  if (!dry_run_ && ::unlinkat(place.base->fd.get(), place.run_id.c_str(), AT_REMOVEDIR) != 0)
    return failed(what, explain({Errc::system, errno, "rmdir"}));
  report_.removed.push_back(what);
  return true;
}

void CleanUp::clean(const ManifestPlace& place) {
  const auto open = open_manifest(place);
  if (!open || open->live) return;  // another clean-up has it, or had it
  if (!open->text) return say_unreadable(place, open->text.error());
  ++report_.runs;
  const auto directory = open_directory(place);
  const bool all = clean_objects(place, *open, directory ? directory->get() : -1) &&
                   clean_directory(place, *open, directory);
  if (dry_run_ || !all) return;
  if (::unlinkat(place.base->fd.get(), place.leaf().c_str(), 0) != 0 && errno != ENOENT)
    (void)failed("manifest " + place.path(), explain({Errc::system, errno, "unlink"}));
}

void CleanUp::run() {
  const auto bases = existing_runtime_directories(report_.refused);
  std::vector<ManifestPlace> places;
  for (const auto& base : bases) {
    const auto entries = entries_of(base.fd.get());
    if (!entries) {
      report_.refused.push_back(fmt::format("cannot use the runtime directory '{}': {}", base.path,
                                            explain(entries.error())));
      continue;
    }
    for (const auto& leaf : *entries) {
      if (!leaf.ends_with(manifest_suffix)) continue;
      const auto id = leaf.substr(0, leaf.size() - manifest_suffix.size());
      if (is_run_id(id)) places.push_back({&base, id});
    }
  }
  for (const auto& place : places) look_at_dead(place);
  for (const auto& place : places) look_at_live(place);
  for (const auto& place : dead_) clean(place);
  if (dry_run_) return;
  for (const auto& base : bases) remove_if_empty(base);
}

// No manifest names them: what they are of stands in their names.
void clean_trace_instances(bool dry_run, CleanReport& report) {
  for (const auto& path : trace_instances().dead) {
    const auto what = "trace instance " + path;
    const int error = dry_run ? 0 : remove_trace_instance(path);
    if (error == 0) report.removed.push_back(what);
    if (error != 0) report.failed.push_back(what + ": " + explain({Errc::system, error, "rmdir"}));
  }
}

}  // namespace

CleanReport clean_up(bool dry_run) {
  CleanReport report;
  CleanUp{dry_run, report}.run();
  clean_trace_instances(dry_run, report);
  return report;
}

}  // namespace ipcmark
