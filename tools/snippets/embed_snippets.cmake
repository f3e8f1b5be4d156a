# Writes snippet_texts.cpp: -DOUTPUT=<file> -DSNIPPETS=<sources, separated by commas>.
string(REPLACE "," ";" SNIPPETS "${SNIPPETS}")
set(rows "")
foreach(file ${SNIPPETS})
  # Its path below this folder: "pipe", "notify/pipe".
  cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_LIST_DIR} OUTPUT_VARIABLE name)
  string(REGEX REPLACE "\\.cpp$" "" name ${name})
  file(READ ${file} text)
  string(APPEND rows "      {\"${name}\", R\"snippet(${text})snippet\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made from tools/snippets/*.cpp.
#include \"tools/commands/snippets.hpp\"

namespace ipcmark {

const std::vector<Snippet>& snippets() {
  static const std::vector<Snippet> all{
${rows}  };
  return all;
}

}  // namespace ipcmark
")
