// What is sent by an io_uring, one operation at a time, as ipcmark does.
#pragma once

namespace evil {

// A ring was set up: its descriptor, and the address of its io_uring_params.
void note_ring(long ring, long params);
// Its newest entry is about to be submitted alone. What it sends is spoilt where that is due: it is
// then sent here, and the entry made one that writes as many bytes to nowhere.
void spoil_entry(long ring);

}  // namespace evil
