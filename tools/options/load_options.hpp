// The options of `ipcmark load`, from words to values.
#pragma once

#include <string>

#include "tools/options/label_options.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/session/load_sweep.hpp"
#include "tools/terminal/terminal.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

struct LoadOptions {
  LoadRequest request;
  std::string json, csv;  // files; empty: none
  bool quiet = false;
  LabelOptions labels;
  MeasuringOptions measuring;
  ColorChoice color = ColorChoice::automatic;
};

// `options` must outlive the parse.
void add_load_options(CLI::App& command, const Program& program, LoadOptions& options);

}  // namespace ipcmark
