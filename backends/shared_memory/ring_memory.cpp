#include "backends/shared_memory/ring_memory.hpp"

#include <utility>

#include "backends/shared_memory/ring_layout.hpp"

namespace ipcmark::ring {

std::size_t control_bytes() { return round_up_to_page(sizeof(Control)); }

Result<Memory> map_memory(const Address& address) {
  if (address.descriptors.empty()) return fail(Errc::invalid, "ring address");
  const Layout layout = layout_for(address.spec);
  auto mapping = map_mirrored(address.descriptors[0].get(), control_bytes(), layout.mapped);
  if (!mapping) return tl::make_unexpected(mapping.error());
  Memory memory{std::move(*mapping), {}};
  memory.view = {reinterpret_cast<Control*>(memory.mapping.data()),
                 memory.mapping.data() + control_bytes(), layout.capacity, layout.slot};
  return memory;
}

}  // namespace ipcmark::ring
