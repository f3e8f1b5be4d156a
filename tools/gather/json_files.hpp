// The files that may be results, one after the other.
#pragma once

#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace ipcmark {

struct SkippedFile {
  std::string path;
  std::string why;  // a sentence without the path
};

// Takes the text of a file. Returns why it is to be skipped; empty: it is not.
using TakeText = std::function<std::string(const std::string& path, const std::string& text)>;

// Reads the files among the places, whatever their names, and every *.json below the directories,
// in the order of their names. Symbolic links are followed to files, and to a directory only where
// it is itself one of the places, so that no loop is walked. What is no regular file (a FIFO, a
// socket, a device), cannot be read, is larger than 64 MiB, or than 1 MiB without a schema of
// ipcmark's, is skipped; nothing is waited for. One text is held at a
// time. The error is a sentence: a place that does not exist.
tl::expected<std::vector<SkippedFile>, std::string> for_each_json(
    const std::vector<std::string>& places, const TakeText& take);

}  // namespace ipcmark
