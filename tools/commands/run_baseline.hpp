// The stored result that a run is shown beside (--baseline), and the name it is stored under itself
// (--save-baseline).
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "results/console/console.hpp"
#include "results/model/trial.hpp"
#include "tools/files/output_file.hpp"

namespace ipcmark {

class RunBaseline {
 public:
  // Before anything is measured; an empty name: none. The error is one sentence.
  static tl::expected<RunBaseline, std::string> open(const std::string& shown,
                                                     const std::string& saved,
                                                     const Catalogue& catalogue,
                                                     const std::atomic<int>* stop);

  // Adds the changes since the shown one to what the tables show; complains where the two are not
  // comparable, or no table will show a change.
  void compare(const ResultDocument& document, TableChoice& choice) const;
  // False after an error message. An interrupted run is not stored: part of a baseline is none.
  bool save(const ResultDocument& document);

 private:
  std::string shown_name_, saved_name_;
  std::optional<ResultDocument> shown_;
  std::optional<OutputFile> saved_;
};

}  // namespace ipcmark
