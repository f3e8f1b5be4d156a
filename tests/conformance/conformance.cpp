#include "tests/conformance/conformance.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/conformance/lock_conformance.hpp"
#include "tests/conformance/notifier_conformance.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark {
namespace conformance {
namespace {

class BackendTest : public testing::Test {
 public:
  BackendTest(const BackendEntry& backend, Case one) : backend_(backend), case_(one) {}

  void TestBody() override {
    if (*backend_.compiled_out != '\0') {
      GTEST_SKIP() << "not in this build: " << backend_.compiled_out;
    }
    const auto before = open_descriptors();
    const std::string skipped = play();
    for (const auto& fd : grown(before, open_descriptors())) {
      ADD_FAILURE() << "descriptor left open: " << fd;
    }
    if (!skipped.empty()) GTEST_SKIP() << backend_.name << ": " << skipped;
  }

 private:
  std::string play() {
    std::string skipped;
    Stage stage(backend_);
    try {
      case_.run(stage);
    } catch (const Skipped& reason) {
      skipped = reason.what();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    stage.end_channels();
    for (const auto& left : stage.names().left_over()) ADD_FAILURE() << left;
    return skipped;
  }

  const BackendEntry& backend_;
  Case case_;
};

std::vector<Case> cases_for(const BackendEntry& backend) {
  std::vector<Case> all;
  const auto add = [&all](std::vector<Case> more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  add(capability_cases());
  if (backend.capabilities != nullptr && backend.capabilities(spec_of(64)).one_process) {
    add(one_worker_cases());
    return all;
  }
  add(transfer_cases());
  add(flow_cases());
  add(closing_cases());
  add(death_cases());
  add(sharing_cases());
  add(topic_cases());
  add(broadcast_cases());
  add(interrupt_cases());
  add(zero_copy_cases());
  if (backend.capabilities != nullptr && backend.capabilities(spec_of(64)).lossy) {
    std::erase_if(all, [](const Case& each) { return each.expects_all; });
    add(lossy_cases());
  }
  return all;
}

void write_entry(std::ofstream& file, char** argv, const std::string& name) {
  file << "add_test([=[conformance." << name << "]=] [=[" << argv[0]
       << "]=] [=[--gtest_filter=Conformance/" << name << ".*" << argv[3] << "]=])\n"
       << "set_tests_properties([=[conformance." << name
       << "]=] PROPERTIES LABELS conformance TIMEOUT 600)\n";
}

// PROGRAM --ctest-entries FILE FILTER: an entry a mechanism. FILTER goes behind its tests' names in
// the form of --gtest_filter ("-*Large*"); it may be empty.
int write_ctest_entries(const Registry& registry, char** argv) {
  std::ofstream file(argv[2]);
  for (const auto& backend : registry.backends) write_entry(file, argv, backend.name);
  for (const auto& lock : registry.locks) {
    write_entry(file, argv, std::string("lock.") + lock.name);
  }
  for (const auto& notifier : registry.notifiers) {
    write_entry(file, argv, std::string("notifier.") + notifier.name);
  }
  return file.good() ? 0 : 2;
}

}  // namespace
}  // namespace conformance

int run_conformance(const Registry& registry, int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc == 4 && std::string(argv[1]) == "--ctest-entries") {
    return conformance::write_ctest_entries(registry, argv);
  }
  for (const auto& backend : registry.backends) {
    for (const auto& one : conformance::cases_for(backend)) {
      const std::string suite = std::string("Conformance/") + backend.name;
      testing::RegisterTest(suite.c_str(), one.name, nullptr, nullptr, __FILE__, __LINE__,
                            [&backend, one]() -> testing::Test* {
                              return new conformance::BackendTest(backend, one);
                            });
    }
  }
  conformance::register_lock_cases(registry);
  conformance::register_notifier_cases(registry);
  return RUN_ALL_TESTS();
}

}  // namespace ipcmark
