// Where an output goes: which file or stream a name on the command line stands for.
#pragma once

#include <sys/types.h>

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace ipcmark {

// The same for all names of one file. A file that does not exist yet is known by its directory and
// its name in there, which is empty otherwise.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  std::string name;
  bool operator==(const FileId&) const = default;
};

struct OutputPlace {
  std::string named;    // as the user wrote it, for sentences
  std::string path;     // absolute, and no link; empty when it is a descriptor
  int descriptor = -1;  // a stream that this process was given: "-", /dev/stdout, /proc/self/fd/N
  mode_t mode = 0;      // st_mode of what is there; 0: nothing yet
  FileId id;

  bool exists() const { return mode != 0; }
  // Written to as it is: a descriptor, a device or a FIFO. No other file belongs beside it.
  bool is_stream() const;
};

// Follows every link, as the kernel would; a dangling one stands for the file it names, which need
// not exist. Opens and makes nothing. Refuses in one sentence what nothing can be written to: a
// directory, a block device, a socket, a loop of links, a stream that is closed.
tl::expected<OutputPlace, std::string> find_output_place(const std::string& name);

// `path` with an ending, for what belongs to it. Empty without a path, and for a stream.
std::string name_beside(const std::string& path, const std::string& ending);

// Whether both are names of one file, which need not exist.
bool is_same_file(const std::string& one, const std::string& other);

// A file of a command, and what it is there: "--json", "the journal of --json".
struct NamedFile {
  std::string what;
  std::string path;  // empty: none
};

// Empty, or a sentence: an output cannot be (above), two outputs are the same file, or one is a
// file that the command reads or that its standard output or error go to. /dev/null and its like
// take any number of outputs.
std::string wrong_outputs(const std::vector<NamedFile>& outputs,
                          const std::vector<NamedFile>& inputs = {});

}  // namespace ipcmark
