// What a trial may have left behind: every object and process that could be ours, by name.
#pragma once

#include <set>
#include <string>

#include "scenarios/cleanup/manifest.hpp"

namespace ipcmark {

// "posix_shm ipcmark.a1b2.3", "sysv_queue 0x4950beef", "sysv_sem …", "file /tmp/…/3",
// "posix_queue …", "process 4711 (ipcmark)", "descriptor 17 (pipe:[815])": shared memory, queues
// and files of this run, SysV objects under ipcmark's prefix made by this user, children of this
// process and its open descriptors. Compare two surveys: what is only in the second is left over.
std::set<std::string> survey_objects(const Manifest& manifest);

}  // namespace ipcmark
