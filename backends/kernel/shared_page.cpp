#include "backends/kernel/shared_page.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

namespace ipcmark {

namespace {

Result<Mapping> map_page(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return fail(Errc::system, "fstat", errno);
  // A shorter object would raise SIGBUS at the first touch.
  if (static_cast<std::uint64_t>(about.st_size) < page_bytes()) {
    return fail(Errc::corrupt, "shared page");
  }
  void* at =
      ::mmap(nullptr, page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) return fail(Errc::system, "mmap", errno);
  return Mapping(at, page_bytes());
}

}  // namespace

Result<Address> create_shared_page(const char* name, int (*initialise)(std::byte* page)) {
  auto memory = create_anonymous_memory(page_bytes());
  if (!memory) return tl::make_unexpected(memory.error());
  if (initialise != nullptr) {
    auto page = map_page(memory->get());
    if (!page) return tl::make_unexpected(page.error());
    if (const int error = initialise(page->data()); error != 0) {
      return fail(Errc::system, "initialise a shared page", error);
    }
  }
  Address address;
  address.backend = name;
  address.descriptors.push_back(std::move(*memory));
  return address;
}

Result<Mapping> map_shared_page(const Address& address) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "address of a shared page");
  return map_page(address.descriptors[0].get());
}

}  // namespace ipcmark
