// A runtime directory of a test's own, and objects of every kind that a manifest may name.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "backends/names.hpp"

namespace ipcmark {

inline constexpr ObjectKind all_kinds[] = {ObjectKind::file,        ObjectKind::posix_shm,
                                           ObjectKind::posix_queue, ObjectKind::sysv_queue,
                                           ObjectKind::sysv_sem,    ObjectKind::sysv_shm};

// The System V key that such a name says.
int key_of(const std::string& name);
bool exists(ObjectKind kind, const std::string& name);
// Fails the test when it cannot.
void make(ObjectKind kind, const std::string& name);

std::string text_of(const std::string& path);

class ManifestTest : public testing::Test {
 protected:
  ManifestTest();
  ~ManifestTest() override;

  // A child that creates one object of each kind and is killed while holding its manifest.
  static std::vector<std::pair<ObjectKind, std::string>> killed_run();

  // The manifest deadbeef.manifest of a run that is no more: its path.
  std::string dead_manifest(const std::string& text) const;

  // The path of the only manifest there is.
  std::string only_manifest() const;

  std::string root_, chosen_;  // chosen_: what the environment says, within root_
  std::string base_;           // the runtime directory, within chosen_
};

}  // namespace ipcmark
