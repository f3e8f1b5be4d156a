# Writes report_assets.cpp: -DOUTPUT=<file> -DFOLDER=<results/report/web> -DVEGA=<bundle, may be empty>.
function(as_literal file literal)
  file(READ ${file} text)
  set(${literal} "R\"report(${text})report\"" PARENT_SCOPE)
endfunction()

as_literal(${FOLDER}/page.css style)
file(READ ${FOLDER}/charts.js charts_script)
file(READ ${FOLDER}/page.js page)
set(script "R\"report((() => {\n'use strict';\n${charts_script}\n${page}})();\n)report\"")
as_literal(${VEGA} vega)
as_literal(${VEGA}.lacks lacks)
file(GLOB specifications ${FOLDER}/*.vg.json)
set(charts "")
foreach(specification ${specifications})
  get_filename_component(name ${specification} NAME)
  string(REPLACE ".vg.json" "" name ${name})
  as_literal(${specification} text)
  string(APPEND charts "{\"${name}\", ${text}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made from results/report/web/ and Debian's libjs-vega.
#include \"results/report/report_assets.hpp\"

namespace ipcmark {

const ReportAssets& report_assets() {
  static const ReportAssets assets{${style}, ${script}, ${vega}, ${lacks}, {
${charts}}};
  return assets;
}

}  // namespace ipcmark
")
