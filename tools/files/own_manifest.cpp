#include "tools/files/own_manifest.hpp"

#include <string>
#include <utility>

#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {
bool left_something = false;
}  // namespace

OwnManifest::OwnManifest() {
  auto made = Manifest::create();
  if (made)
    manifest_ = std::move(*made);
  else
    print_error(made.error());
}

OwnManifest::~OwnManifest() {
  if (!manifest_) return;
  for (const std::string& object : manifest_->finish()) {
    left_something = true;
    print_error("cannot remove " + object + "; ipcmark clean will try again");
  }
}

bool something_is_left() { return left_something; }

}  // namespace ipcmark
