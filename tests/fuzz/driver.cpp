// Runs a fuzz target on its corpus and on changed copies of it: the same ones at every start. A
// smoke test; tools/fuzz looks for what is new.
//
//   fuzz_result CORPUS_DIRECTORY RUNS
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

class Random {  // splitmix64 (S. Vigna)
 public:
  std::size_t below(std::size_t limit) {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>((z ^ (z >> 31U)) % limit);
  }

 private:
  std::uint64_t state_ = 1;
};

// What readers of JSON and of option words trip over.
const std::vector<std::string>& tokens() {
  static const std::vector<std::string> all{"null",
                                            "true",
                                            "-1",
                                            "0",
                                            "18446744073709551616",
                                            "9223372036854775808",
                                            "1e308",
                                            "1e999",
                                            "[]",
                                            "{}",
                                            "\"\"",
                                            ",",
                                            "\"\\u0000\"",
                                            "\xff",
                                            "\n",
                                            "-0.0",
                                            "[[[[",
                                            "{\"a\":",
                                            "--",
                                            "=",
                                            "1e-320",
                                            "--help",
                                            "-",
                                            "64B"};
  return all;
}

std::string changed(std::string text, const std::vector<std::string>& corpus, Random& random) {
  for (std::size_t changes = 1 + random.below(4); changes > 0; --changes) {
    const std::size_t at = random.below(text.size() + 1);
    const std::size_t length = std::min(text.size() - at, random.below(24));
    switch (random.below(5)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, tokens()[random.below(tokens().size())]);
        break;
      case 3:
        text.replace(at, length, tokens()[random.below(tokens().size())]);
        break;
      default: {
        const std::string& other = corpus[random.below(corpus.size())];
        const std::size_t from = random.below(other.size() + 1);
        text.insert(at, other.substr(from, random.below(64)));
      }
    }
  }
  return text;
}

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY RUNS\n", argv[0]), 2;
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
  for (const std::string& text : corpus) run(text);
  Random random;
  const long runs = std::strtol(argv[2], nullptr, 10);
  for (long i = 0; i < runs; ++i) {
    run(changed(corpus[random.below(corpus.size())], corpus, random));
  }
  std::printf("%zu inputs of the corpus and %ld changed ones\n", corpus.size(), runs);
  return 0;
}
