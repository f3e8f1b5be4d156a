// A document without cells that knows the figures of the built-in scenarios, as the tools make it.
#pragma once

#include "scenarios/scenario.hpp"

namespace ipcmark {

inline const Catalogue& built_in_catalogue() {
  static const Catalogue catalogue =
      catalogue_of(Program{built_in_registry(), built_in_scenarios()});
  return catalogue;
}

inline ResultDocument empty_document() {
  ResultDocument document;
  document.catalogue = built_in_catalogue();
  return document;
}

}  // namespace ipcmark
