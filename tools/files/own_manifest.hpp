// A command's manifest: made before it measures, and put in order when it ends.
#pragma once

#include <memory>

#include "scenarios/cleanup/manifest.hpp"

namespace ipcmark {

class OwnManifest {
 public:
  // False in a condition when there is none, after an error message.
  OwnManifest();
  // Removes what the run still has, and complains of what cannot be removed.
  ~OwnManifest();
  OwnManifest(const OwnManifest&) = delete;
  OwnManifest& operator=(const OwnManifest&) = delete;

  explicit operator bool() const { return manifest_ != nullptr; }
  Manifest& operator*() const { return *manifest_; }

 private:
  std::unique_ptr<Manifest> manifest_;
};

// Whether one of this process had something that it could not remove: then its exit code is not
// success.
bool something_is_left();

}  // namespace ipcmark
