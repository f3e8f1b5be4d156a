// The places in the shared-memory code at which a process that is killed leaves something half
// done.
#pragma once

namespace ipcmark::ring {

// Between any two stores that others can see stands a call of Steps::at(). Here it is nothing; the
// tests have one that ends the process at the k-th call, for every k.
struct NoSteps {
  static constexpr bool watched = false;
  static void at() {}
};

}  // namespace ipcmark::ring
