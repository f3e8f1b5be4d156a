#include "backends/locks/memory_lock.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

namespace ipcmark {

namespace {

class MemoryLockObject final : public LockObject {
 public:
  explicit MemoryLockObject(Address address) : address_(std::move(address)) {}
  Address address() const override { return address_.clone(); }

 private:
  Address address_;  // descriptor: the page
};

Result<Mapping> map_page(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return fail(Errc::system, "fstat", errno);
  // A shorter object would raise SIGBUS at the first touch.
  if (static_cast<std::uint64_t>(about.st_size) < page_bytes()) {
    return fail(Errc::corrupt, "lock page");
  }
  void* at =
      ::mmap(nullptr, page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) return fail(Errc::system, "mmap", errno);
  return Mapping(at, page_bytes());
}

}  // namespace

Result<std::unique_ptr<LockObject>> create_memory_lock(const char* name,
                                                       int (*initialise)(std::byte*)) {
  auto memory = create_anonymous_memory(page_bytes());
  if (!memory) return tl::make_unexpected(memory.error());
  if (initialise != nullptr) {
    auto page = map_page(memory->get());
    if (!page) return tl::make_unexpected(page.error());
    if (const int error = initialise(page->data()); error != 0) {
      return fail(Errc::system, "initialise lock", error);
    }
  }
  Address address;
  address.backend = name;
  address.descriptors.push_back(std::move(*memory));
  return std::make_unique<MemoryLockObject>(std::move(address));
}

Result<Mapping> map_memory_lock(const Address& address) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "lock address");
  return map_page(address.descriptors[0].get());
}

}  // namespace ipcmark
