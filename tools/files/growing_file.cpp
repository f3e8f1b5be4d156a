#include "tools/files/growing_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tools/files/new_file.hpp"
#include "tools/files/output_stream.hpp"

namespace ipcmark {

tl::expected<GrowingFile, std::string> GrowingFile::open(const std::string& path,
                                                         const std::atomic<int>* stop) {
  auto place = find_output_place(path);
  if (!place) return tl::make_unexpected(place.error());
  if (place->is_stream()) {
    auto stream = open_stream(*place, stop);
    if (!stream) return tl::make_unexpected(stream.error());
    return GrowingFile{std::move(*place), std::move(*stream)};
  }
  const int creation = place->exists() ? 0 : O_CREAT | O_EXCL;
  Fd file(::open(place->path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC | creation, 0644));
  if (!file) return tl::make_unexpected(cannot_write(*place, errno));
  return GrowingFile{std::move(*place), std::move(file)};
}

GrowingFile::GrowingFile(GrowingFile&&) noexcept = default;

GrowingFile::~GrowingFile() {
  const bool made = file_ && !place_.exists();
  if (made && !begun_) ::unlink(place_.path.c_str());
}

bool GrowingFile::append(std::string_view text) {
  if (!std::exchange(begun_, true) && !is_stream() && ::ftruncate(file_.get(), 0) != 0) {
    return false;
  }
  return write_all(file_.get(), text) == 0;
}

}  // namespace ipcmark
