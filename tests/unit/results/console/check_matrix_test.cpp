#include "results/console/check_matrix.hpp"

#include <gtest/gtest.h>

#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

Cell cell(const char* scenario, const char* backend, const char* lock, State state,
          const char* reason) {
  Cell made;
  made.spec.scenario = scenario;
  made.spec.backend = backend;
  made.spec.lock = lock;
  Trial trial;
  trial.state = state;
  trial.reason = reason;
  made.trials.push_back(trial);
  return made;
}

ResultDocument document() {
  ResultDocument made = empty_document();
  made.cells = {cell("chat", "pipe", "", State::passed, ""),
                cell("chat", "null", "", State::skipped, "null: needs two processes"),
                cell("counter", "pipe", "", State::failed, "counter is 14, not 15"),
                cell("counter", "null", "", State::passed, ""),
                cell("counter", "", "none", State::passed, "caught: 3 of 15 updates lost")};
  return made;
}

TEST(ConsoleCheck, ShowsEveryVerdictInItsPlaceAndWhy) {
  ConsoleStyle style;
  style.unicode = false;
  EXPECT_EQ(check_to_console(document(), style),
            "Over backends\n"
            "           p  n\n"
            "           i  u\n"
            "           p  l\n"
            "           e  l\n"
            "  chat     +  -\n"
            "  counter  X  +\n"
            "\n"
            "Over locks\n"
            "           n\n"
            "           o\n"
            "           n\n"
            "           e\n"
            "  counter  +\n"
            "\n"
            "Skipped\n"
            "  * null: needs two processes (chat)\n"
            "\n"
            "Findings, as expected\n"
            "  * none: caught: 3 of 15 updates lost (counter)\n"
            "\n"
            "Failed\n"
            "  * pipe: counter is 14, not 15 (counter)\n"
            "\n"
            "To run one again:\n"
            "  ipcmark run --only counter/pipe/64B/block/cross-cpu\n"
            "\n"
            "3 passed, 1 skipped, 1 failed\n");
}

TEST(ConsoleCheck, OneFailedTrialOfSeveralFailsItsCell) {
  ResultDocument made = document();
  made.cells[0].trials.push_back(made.cells[0].trials.front());
  made.cells[0].trials.back().state = State::timeout;
  made.cells[0].trials.back().reason = "stage run did not end";
  EXPECT_NE(check_to_console(made, {}).find("stage run did not end"), std::string::npos);
  EXPECT_NE(check_to_console(made, {}).find("2 passed, 1 skipped, 2 failed"), std::string::npos);
}

TEST(ConsoleCheck, NoFailureHidesBehindAnotherCellOfItsPlace) {
  const auto sized = [](std::uint64_t size, State state, const char* reason) {
    Cell made = cell("chat", "pipe", "", state, reason);
    made.spec.size = size;
    return made;
  };
  ConsoleStyle style;
  style.unicode = false;
  for (const State failure : {State::failed, State::timeout, State::deadlock}) {
    for (const State beside : {State::passed, State::skipped, State::interrupted}) {
      ResultDocument made = empty_document();
      made.cells = {sized(64, beside, "beside it"), sized(128, failure, "it hangs"),
                    sized(256, beside, "beside it")};
      const std::string text = check_to_console(made, style);
      EXPECT_NE(text.find("  chat  X\n"), std::string::npos) << text;
      EXPECT_NE(text.find("Failed\n  * pipe: it hangs (chat)\n"), std::string::npos) << text;
    }
  }
}

}  // namespace
}  // namespace ipcmark
