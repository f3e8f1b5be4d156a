#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <utility>

#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/cleanup/manifest_file.hpp"
#include "scenarios/cleanup/runtime_directory.hpp"

namespace ipcmark {
namespace {

std::vector<std::string> manifests_in(const RuntimeDirectory& base) {
  std::vector<std::string> leaves;
  const int copy = ::openat(base.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing{copy < 0 ? nullptr : ::fdopendir(copy),
                                                    [](DIR* d) { return d ? ::closedir(d) : 0; }};
  if (!listing) return leaves;
  while (const dirent* entry = ::readdir(listing.get())) {  // NOLINT(concurrency-mt-unsafe)
    const std::string leaf = entry->d_name;
    if (leaf.ends_with(manifest_suffix) &&
        is_run_id(leaf.substr(0, leaf.size() - manifest_suffix.size())))
      leaves.push_back(leaf);
  }
  std::sort(leaves.begin(), leaves.end());
  return leaves;
}

struct DeadRun {
  const RuntimeDirectory* base;
  std::string leaf;
  Fd file;  // locked by us: nobody else cleans this one
  ManifestText text;
};

struct Survey {
  std::vector<DeadRun> dead;
  std::set<std::string> live_names;  // SysV keys are few: a dead claim may have met a live one
};

// A manifest whose lock is free while its process wrote no first line yet is being created, or was
// killed there: it names nothing, and only the file itself goes.
void survey(const RuntimeDirectory& base, const std::string& leaf, Survey& result,
            CleanReport& report) {
  Fd file{::openat(base.fd.get(), leaf.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  const bool live = ::flock(file.get(), LOCK_EX | LOCK_NB) != 0;
  // Unlinked since we opened it: its run ended, or another clean-up was faster.
  if (::fstat(file.get(), &status) != 0 || status.st_nlink == 0) return;
  const auto text = read_whole(file.get());
  auto parsed = text ? parse_manifest(*text) : std::nullopt;
  if (live) {
    ++report.live_runs;
    if (parsed)
      for (const auto& claim : parsed->claims) result.live_names.insert(claim.name);
    return;
  }
  const auto run_id = leaf.substr(0, leaf.size() - manifest_suffix.size());
  if (text && text->find('\n') == std::string::npos) parsed = ManifestText{run_id, {}};
  if (!parsed || parsed->run_id != run_id) {
    report.failed.push_back("manifest " + base.path + "/" + leaf + ": not understood, left alone");
    return;
  }
  ++report.runs;
  result.dead.push_back({&base, leaf, std::move(file), std::move(*parsed)});
}

bool shared_name(ObjectKind kind) {
  return kind == ObjectKind::sysv_queue || kind == ObjectKind::sysv_sem;
}

// False: something could not be removed, so the manifest has to stay.
bool note(const Result<Removal>& outcome, const std::string& what, CleanReport& report) {
  if (!outcome) {
    report.failed.push_back(what + ": " + explain(outcome.error()));
    return false;
  }
  if (*outcome == Removal::removed) report.removed.push_back(what);
  return true;
}

void clean_run(DeadRun& run, const std::set<std::string>& live_names, bool dry_run,
               CleanReport& report) {
  const int base = run.base->fd.get();
  const auto& id = run.text.run_id;
  const auto path = run.base->path + "/" + id;
  bool all = true;
  {
    const Fd directory{::openat(base, id.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    for (const auto& claim : run.text.claims) {
      if (shared_name(claim.kind) && live_names.contains(claim.name)) continue;
      const auto shown = claim.kind == ObjectKind::file ? path + "/" + claim.name : claim.name;
      all &= note(remove_object(claim, id, directory.get(), dry_run),
                  std::string{to_string(claim.kind)} + " " + shown, report);
    }
  }
  all &= note(remove_run_directory(base, id, dry_run), "directory " + path, report);
  if (dry_run || !all) return;
  if (::unlinkat(base, run.leaf.c_str(), 0) != 0 && errno != ENOENT)
    report.failed.push_back("manifest " + run.base->path + "/" + run.leaf + ": " +
                            explain(Error{Errc::system, errno, "unlink"}));
}

}  // namespace

CleanReport clean_up(bool dry_run) {
  CleanReport report;
  const auto bases = existing_runtime_directories();
  Survey found;
  for (const auto& base : bases)
    for (const auto& leaf : manifests_in(base)) survey(base, leaf, found, report);
  for (auto& run : found.dead) clean_run(run, found.live_names, dry_run, report);
  found.dead.clear();
  if (!dry_run)
    for (const auto& base : bases) remove_if_empty(base);
  return report;
}

}  // namespace ipcmark
