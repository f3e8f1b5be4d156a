#include "backends/kernel/anonymous_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

namespace ipcmark {

Result<Fd> create_anonymous_file(const char* name) {
  Fd file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file) return file;
  const int error = errno;
  if (error == ENOSYS || error == EPERM || error == EACCES) {
    file = Fd(::open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file) return file;
  }
  return fail(Errc::system, "memfd_create", error);
}

Status seal_size(const Fd& file) {
  const int seals = ::fcntl(file.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SEAL) != 0) return {};  // no memory of memfd_create
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return fail(Errc::system, "fcntl F_ADD_SEALS", errno);
  }
  return {};
}

}  // namespace ipcmark
