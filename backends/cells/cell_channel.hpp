// A channel over cells in anonymous shared memory: what the mechanisms with many ends share.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "backends/kernel/mapping.hpp"
#include "backends/transport.hpp"

namespace ipcmark::ring {

// What all of them can do, or that no machine can give what the spec asks of cells.
Capabilities cell_capabilities(const ChannelSpec& spec);

// The empty sentence, or why a ring of that many bytes is not possible on this machine now.
std::string cell_unsupported(const char* backend, const ChannelSpec& spec, std::uint64_t bytes);

// Over zeroed memory of that many bytes.
Result<std::unique_ptr<Channel>> create_cell_channel(const char* backend, const ChannelSpec& spec,
                                                     std::uint64_t id, std::uint64_t bytes);

// `bytes`: as the channel was created with.
template <class End>
Result<std::unique_ptr<End>> open_cell_end(const char* backend, const Address& address,
                                           std::uint64_t bytes, const OpenContext& context) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, backend);
  const Fd& memory = address.descriptors[0];
  auto mapping = map_object(memory.get(), bytes, address.spec.huge_pages);
  if (!mapping) return tl::make_unexpected(mapping.error());
  auto own = reopen(memory);
  if (!own) return tl::make_unexpected(own.error());
  auto end = std::make_unique<End>(std::move(*mapping), std::move(*own), address.spec, context);
  if (Status joined = end->join(); !joined) return tl::make_unexpected(joined.error());
  return end;
}

// The functions of a mechanism's row in the table. `Mechanism` has its name, its capabilities(),
// the object_bytes() of a channel, and the classes of its ends, SendingEnd and ReceivingEnd.
template <class Mechanism>
struct CellFunctions {
  static std::string probe(const ChannelSpec& spec) {
    return cell_unsupported(Mechanism::name, spec, Mechanism::object_bytes(spec));
  }
  static Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id,
                                                 Names&) {
    if (!Mechanism::capabilities(spec).unsupported_reason.empty()) {
      return fail(Errc::unsupported, Mechanism::name);
    }
    return create_cell_channel(Mechanism::name, spec, id, Mechanism::object_bytes(spec));
  }
  static Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
    return open_cell_end<typename Mechanism::SendingEnd>(
        Mechanism::name, address, Mechanism::object_bytes(address.spec), context);
  }
  static Result<std::unique_ptr<Receiver>> open_receiver(Address address,
                                                         const OpenContext& context) {
    return open_cell_end<typename Mechanism::ReceivingEnd>(
        Mechanism::name, address, Mechanism::object_bytes(address.spec), context);
  }
};

template <class Mechanism>
BackendEntry cell_entry(const char* summary, const char* note) {
  using Functions = CellFunctions<Mechanism>;
  return {.name = Mechanism::name,
          .summary = summary,
          .group = MechanismGroup::shared_memory,
          .note = note,
          .snippet = Mechanism::name,
          .basic = false,
          .capabilities = Mechanism::capabilities,
          .probe = Functions::probe,
          .create = Functions::create,
          .open_sender = Functions::open_sender,
          .open_receiver = Functions::open_receiver};
}

}  // namespace ipcmark::ring
