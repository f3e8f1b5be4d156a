// The reader of manifests, which decides what `ipcmark clean` removes.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "scenarios/cleanup/manifest_file.hpp"

using namespace ipcmark;

namespace {

std::string written(const ManifestText& manifest) {
  const auto& origin = manifest.origin;
  std::string text = origin ? manifest_head(manifest.run_id, 1, *origin)
                            : fmt::format("ipcmark-manifest 1 {} 1\n", manifest.run_id);
  for (const Claim& claim : manifest.claims)
    text += fmt::format("{} {}\n", to_string(claim.kind), claim.name);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto manifest = parse_manifest(text);
  if (!manifest) {
    const std::string& reason = manifest.error().reason;
    if (reason.empty() || reason.find('\n') != std::string::npos) std::abort();
    if (manifest.error().ours && !text.starts_with("ipcmark-manifest ")) std::abort();
    return 0;
  }
  if (!is_run_id(manifest->run_id)) std::abort();
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (manifest->claims.size() >= static_cast<std::size_t>(lines)) std::abort();
  const std::string once = written(*manifest);
  const auto again = parse_manifest(once);
  if (!again || written(*again) != once) std::abort();
  return 0;
}
