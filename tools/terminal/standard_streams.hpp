// Descriptors 0 to 2 of this process.
#pragma once

namespace ipcmark {

// Opens /dev/null in place of those that are closed: else the first files that are opened get these
// numbers, and progress is written into a result or a manifest. First thing in main, in a worker
// too, before any thread.
void open_standard_streams();

// Whether the caller had closed this one, so that what is written there goes nowhere.
bool was_closed_at_start(int descriptor);

}  // namespace ipcmark
