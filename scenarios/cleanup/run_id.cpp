#include "scenarios/cleanup/run_id.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

namespace ipcmark {

Result<std::string> random_run_id() {
  // Without l and the digits 0 and 1, which look alike.
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(letters.size() == 32 && run_id_length * 5 <= 64);
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits))
    return fail(Errc::system, "getrandom", errno);
  std::string id;
  for (unsigned i = 0; i < run_id_length; ++i) id.push_back(letters[(bits >> (5U * i)) & 31U]);
  return id;
}

}  // namespace ipcmark
