// Messages of several writers over one pipe with one reader.
//
// A write of at most PIPE_BUF bytes is atomic (pipe(7)), so a message is cut into fragments of that
// size, each with its sender's index; the reader puts them together per sender.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backends/deadline.hpp"
#include "backends/error.hpp"
#include "backends/framing/stream_fd.hpp"

namespace ipcmark {

inline constexpr std::size_t tagged_fragment_bytes = 4096;  // PIPE_BUF
inline constexpr std::size_t tagged_header_bytes = 8;
inline constexpr std::uint32_t max_tagged_senders = 0xFFFF;

class TaggedWriter {
 public:
  TaggedWriter(StreamFd stream, std::uint32_t sender, std::uint64_t largest_message);

  // Tells the reader that this sender is there. Only where the reader counts them.
  Status announce(Deadline deadline);
  // As FrameWriter's.
  Status send(std::span<const std::byte> message, Deadline deadline);
  Status flush(Deadline deadline);
  Status close(Deadline deadline);

 private:
  Status write(std::span<const std::byte> payload, std::uint16_t flags, Deadline deadline);

  StreamFd stream_;
  std::uint16_t sender_;
  std::uint64_t largest_;
  std::vector<std::byte> rest_;
  std::size_t rest_done_ = 0;
  std::vector<std::byte> fragment_;
};

class TaggedReader {
 public:
  TaggedReader(StreamFd stream, std::uint32_t senders, std::uint64_t largest_message);

  // As FrameReader's. peer_died at the end of file when some sender left a message unfinished;
  // until then the others' messages go on.
  Result<std::size_t> receive(std::span<std::byte> out, Deadline deadline);
  // Puts together what has been read; true when receive() needs no system call.
  bool holds_message();
  int descriptor() const { return stream_.get(); }
  std::uint32_t announced() const { return announced_; }

 private:
  struct Header;
  bool front(Header& header) const;
  Result<std::size_t> deliver(std::span<std::byte> out);
  Status fill(Deadline deadline);

  StreamFd stream_;
  std::uint64_t largest_;
  std::vector<std::byte> ahead_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::vector<std::vector<std::byte>> parts_;  // unfinished messages, by sender
  std::vector<std::byte>* whole_ = nullptr;    // the one of parts_ that is finished
  std::uint32_t announced_ = 0;
  bool corrupt_ = false;
};

}  // namespace ipcmark
