# Writes built_in_suites.cpp: -DOUTPUT=<file> -DSUITES=<json files, separated by commas>.
string(REPLACE "," ";" SUITES "${SUITES}")
set(rows "")
foreach(file ${SUITES})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(JSON summary GET "${text}" summary)
  string(APPEND rows "      {\"${name}\", R\"suite(${summary})suite\", R\"suite(${text})suite\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made from scenarios/plan/suites/*.json.
#include \"scenarios/plan/suite.hpp\"

namespace ipcmark {

const std::vector<SuiteText>& built_in_suites() {
  static const std::vector<SuiteText> all{
${rows}  };
  return all;
}

}  // namespace ipcmark
")
