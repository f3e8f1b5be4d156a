// Which errors of system calls are refusals: by the kernel, a container, a filter of system calls,
// a file system or a limit. They say nothing about the mechanism; what was refused is skipped, with
// the reason and the way out.
#pragma once

namespace ipcmark {

// Of an errno. True of the same numbers whichever call met them; a call that gives one of them
// another meaning (EAGAIN of posix_spawn(3), EMFILE of mq_open(3)) says so itself.
bool is_refusal(int sys_errno);

// What to change: "raise ulimit -n"; empty: nothing to say beyond the error itself.
const char* way_out(int sys_errno);

}  // namespace ipcmark
