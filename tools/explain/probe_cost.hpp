// What an event of the kernel costs where it is recorded, by itself: what trials with and without
// tracing differ by may have other causes.
#pragma once

namespace ipcmark {

// ns, on that CPU, by some thousand empty system calls with and without their two events; some 20
// ms. 0: it could not be measured. For those whom no_kernel_events() lets have them.
double cost_of_probe_ns(int cpu);

}  // namespace ipcmark
