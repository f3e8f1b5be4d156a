# Writes report_assets.cpp: -DOUTPUT=<file> -DFOLDER=<results/report/web> -DVEGA=<bundle, may be empty>.

# A script ends at the first "</script", wherever it stands, and "<!--" may make it go on after that.
function(as_script text script)
  string(REPLACE "</script" "<\\/script" text "${text}")
  if(text MATCHES "</[Ss][Cc][Rr][Ii][Pp][Tt]|<!--|\r")
    message(FATAL_ERROR "${CMAKE_MATCH_0} cannot stand in a script of the page")
  endif()
  set(${script} "${text}" PARENT_SCOPE)
endfunction()

function(as_literal text literal)
  set(${literal} "R\"report(${text})report\"" PARENT_SCOPE)
endfunction()

# How a Content-Security-Policy names the text of an element: "sha256-" and the digest in Base64.
function(policy_hash text hash)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  string(SHA256 digits "${text}")
  string(APPEND digits "00")  # 33 bytes: eleven groups of three, of which the last lacks one
  set(code "")
  foreach(at RANGE 0 60 6)
    string(SUBSTRING "${digits}" ${at} 6 group)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${group} >> ${shift}) & 63")
      string(SUBSTRING "${alphabet}" ${index} 1 letter)
      string(APPEND code "${letter}")
    endforeach()
  endforeach()
  string(SUBSTRING "${code}" 0 43 code)
  set(${hash} "\"sha256-${code}=\"" PARENT_SCOPE)
endfunction()

# The bars of tables are as long as their class says: the policy allows no style in an element.
file(READ ${FOLDER}/page.css style)
foreach(percent RANGE 0 100)
  math(EXPR whole "${percent} / 100")
  math(EXPR tenth "${percent} / 10 % 10")
  math(EXPR hundredth "${percent} % 10")
  string(APPEND style ".f${percent} { --f: ${whole}.${tenth}${hundredth} }\n")
endforeach()
as_literal("${style}" style_literal)
policy_hash("${style}" style_hash)

file(READ ${FOLDER}/charts.js charts_script)
file(READ ${FOLDER}/fleet.js fleet)
file(READ ${FOLDER}/page.js page)
as_script("(() => {\n'use strict';\n${charts_script}\n${fleet}\n${page}})();\n" script)
as_literal("${script}" script_literal)
policy_hash("${script}" script_hash)

file(READ ${VEGA} vega)
as_script("${vega}" vega)
as_literal("${vega}" vega_literal)
policy_hash("${vega}" vega_hash)
file(READ ${VEGA}.lacks lacks)
as_literal("${lacks}" lacks_literal)

file(GLOB specifications ${FOLDER}/*.vg.json)
set(charts "")
foreach(specification ${specifications})
  get_filename_component(name ${specification} NAME)
  string(REPLACE ".vg.json" "" name ${name})
  file(READ ${specification} text)
  as_script("${text}" text)
  as_literal("${text}" text)
  string(APPEND charts "{\"${name}\", ${text}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made from results/report/web/ and Debian's libjs-vega.
#include \"results/report/report_assets.hpp\"

namespace ipcmark {

const ReportAssets& report_assets() {
  static const ReportAssets assets{
{${style_literal}, ${style_hash}},
{${script_literal}, ${script_hash}},
{${vega_literal}, ${vega_hash}},
${lacks_literal}, {
${charts}}};
  return assets;
}

}  // namespace ipcmark
")
