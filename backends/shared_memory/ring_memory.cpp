#include "backends/shared_memory/ring_memory.hpp"

#include <utility>

#include "backends/shared_memory/ring_layout.hpp"

namespace ipcmark::ring {

std::size_t control_bytes(HugePages pages) { return round_up_to_unit(sizeof(Control), pages); }

Result<Memory> map_memory(const Address& address) {
  if (address.descriptors.empty()) return fail(Errc::invalid, "ring address");
  const Layout layout = layout_for(address.spec);
  const HugePages pages = address.spec.huge_pages;
  const std::size_t front = control_bytes(pages);
  auto mapping = map_mirrored(address.descriptors[0].get(), front, layout.mapped, pages);
  if (!mapping) return tl::make_unexpected(mapping.error());
  Memory memory{std::move(*mapping), {}};
  memory.view = {reinterpret_cast<Control*>(memory.mapping.data()), memory.mapping.data() + front,
                 layout.capacity, layout.slot};
  return memory;
}

}  // namespace ipcmark::ring
