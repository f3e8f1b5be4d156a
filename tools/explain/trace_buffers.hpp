// The buffers of an instance of tracefs: one for each CPU on which something is recorded.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ipcmark {

// KiB for each of so many CPUs; some 25 events go into one. All together take 256 MiB at most.
std::uint64_t trace_buffer_kb(std::size_t cpus);

// Gives the instance at `path` buffers of that size for these CPUs, and next to none for others.
// Empty, or what was refused and what to change, in one sentence.
std::string size_trace_buffers(const std::string& path, const std::vector<int>& cpus);
// That sentence.
std::string trace_buffer_refusal(const std::string& file, std::uint64_t kb, int error);

// How many events found their CPU's buffer full, by CPU; those with none are left out.
std::map<std::int16_t, std::uint64_t> lost_events(const std::string& path);

}  // namespace ipcmark
