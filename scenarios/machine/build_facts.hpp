// What this program was built from, filled in by CMake (build_facts.cmake) at build time.
#pragma once

namespace ipcmark {

struct BuildFacts {
  const char* version;     // "0.1.0"
  const char* revision;    // git describe --always --dirty; "unknown" outside of a repository
  const char* date;        // "2026-11-30": SOURCE_DATE_EPOCH, else the revision's own
  const char* compiler;    // "GNU 12.2.0"
  const char* flags;       // as given to it
  const char* build_type;  // "Release"
  const char* sanitizers;  // "none", "address,undefined", …
  const char* libzmq;      // versions of the libraries it was compiled against
  const char* boost;
  const char* fmt;
  const char* json;
  const char* simdjson;
};
BuildFacts build_facts();

}  // namespace ipcmark
