// Runs a fuzz target on its corpus and on mutants of each file of it, half of which are still JSON
// where the file is (NAME.json, or lines of it: NAME.journal): the same ones at every start.
// tools/fuzz looks for what is new.
//
//   fuzz_result CORPUS_DIRECTORY MUTANTS_OF_EACH
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/mutate.hpp"

using namespace ipcmark::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

bool is_json(const std::string& name) {
  return name.ends_with(".json") || name.ends_with(".journal");
}

// How many of them are still JSON.
unsigned long run_mutants(const std::string& text, const std::vector<std::string>& corpus,
                          unsigned long mutants, Random& random) {
  unsigned long json = 0;
  for (unsigned long i = 0; i < mutants; ++i) {
    const auto changed = i % 2 == 0 ? changed_json(text, random) : std::nullopt;
    json += changed ? 1U : 0U;
    run(changed ? *changed : changed_bytes(text, corpus, random));
  }
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    return std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY MUTANTS_OF_EACH\n", argv[0]), 2;
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    names.push_back(entry.path());
  }
  std::sort(names.begin(), names.end());
  std::vector<std::string> corpus;
  for (const std::string& name : names) {
    std::ifstream file(name, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (corpus.empty()) return std::fprintf(stderr, "no corpus in %s\n", argv[1]), 2;
  const unsigned long mutants = std::strtoul(argv[2], nullptr, 10);
  Random random;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    run(corpus[i]);
    const unsigned long json = run_mutants(corpus[i], corpus, mutants, random);
    std::printf("%s: %lu mutants, %lu of them still JSON\n", names[i].c_str(), mutants, json);
    if (is_json(names[i]) && json < mutants / 2) {
      return std::fprintf(stderr, "%s is not JSON\n", names[i].c_str()), 1;
    }
  }
  return 0;
}
