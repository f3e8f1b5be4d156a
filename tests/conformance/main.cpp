#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "tests/conformance/conformance.hpp"

namespace {

using namespace ipcmark;

constexpr std::array names{"shm_ring", "mmap_file", "shm_mutex"};
constexpr std::array by_eventfd{"shm_ring_by_eventfd", "mmap_file_by_eventfd",
                                "shm_mutex_by_eventfd"};
constexpr std::array by_pipe{"shm_ring_by_pipe", "mmap_file_by_pipe", "shm_mutex_by_pipe"};

// A channel of another row's, by the name of this one.
class Renamed final : public Channel {
 public:
  Renamed(std::unique_ptr<Channel> channel, const char* name)
      : channel_(std::move(channel)), name_(name) {}
  Address address() const override {
    Address address = channel_->address();
    address.backend = name_;
    return address;
  }
  Granted granted() const override { return channel_->granted(); }
  void seal() override { channel_->seal(); }
  std::string obstruction() const override { return channel_->obstruction(); }

 private:
  std::unique_ptr<Channel> channel_;
  const char* name_;
};

// A mechanism of shared memory whose channels are all woken in that way, as a row of its own.
template <std::size_t which, Wake wake>
struct Woken {
  static inline BackendEntry plain;
  static constexpr const char* name = wake == Wake::pipe ? by_pipe[which] : by_eventfd[which];

  static ChannelSpec woken(ChannelSpec spec) {
    spec.wake = wake;
    return spec;
  }
  static std::string probe(const ChannelSpec& spec) { return plain.probe(woken(spec)); }
  static Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id,
                                                 Names& claimed) {
    auto channel = plain.create(woken(spec), id, claimed);
    if (!channel) return channel;
    return std::make_unique<Renamed>(std::move(*channel), name);
  }
  static void add(Registry& registry) {
    plain = *registry.backend(names[which]);
    BackendEntry entry = plain;
    entry.name = name;
    entry.capabilities = [](const ChannelSpec& spec) { return plain.capabilities(woken(spec)); };
    entry.probe = probe;
    entry.create = create;
    registry.backends.push_back(std::move(entry));
  }
};

template <std::size_t which>
void add_woken(Registry& registry) {
  Woken<which, Wake::eventfd>::add(registry);
  Woken<which, Wake::pipe>::add(registry);
}

}  // namespace

int main(int argc, char** argv) {
  Registry registry = built_in_registry();
  add_woken<0>(registry);
  add_woken<1>(registry);
  add_woken<2>(registry);
  return run_conformance(registry, argc, argv);
}
