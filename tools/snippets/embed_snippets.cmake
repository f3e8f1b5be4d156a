# Writes snippet_texts.cpp: -DOUTPUT=<file> -DSNIPPETS=<sources, separated by commas>.
string(REPLACE "," ";" SNIPPETS "${SNIPPETS}")
set(rows "")
foreach(file ${SNIPPETS})
  get_filename_component(name ${file} NAME_WE)
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
