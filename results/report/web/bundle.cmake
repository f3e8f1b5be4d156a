# Bundles Vega from Debian's packages into one script: -DENTRY=<vega_entry.js> -DOUTPUT=<file>
# -DESBUILD=<program or empty> -DVEGA=<directory of libjs-vega or empty>. When something is missing
# or the bundling fails, OUTPUT is empty and OUTPUT.lacks says in half a sentence what.
function(give_up why)
  message(STATUS "report without charts: ${why}")
  file(WRITE ${OUTPUT} "")
  file(WRITE ${OUTPUT}.lacks "${why} when this ipcmark was built")
endfunction()

if(NOT ESBUILD)
  give_up("esbuild was missing")
  return()
endif()
if(NOT VEGA)
  give_up("libjs-vega was missing")
  return()
endif()

# libjs-vega has one module a file; two have another name than they are imported by.
file(GLOB modules ${VEGA}/*.module.js)
set(aliases "")
foreach(module ${modules})
  get_filename_component(name ${module} NAME)
  string(REPLACE ".module.js" "" name ${name})
  string(REPLACE ".browser" "" name ${name})
  if(name MATCHES "\\.node$")
    continue()
  endif()
  list(APPEND aliases --alias:${name}=${module})
  if(name STREQUAL "vega-selection")
    list(APPEND aliases --alias:vega-selections=${module})
  endif()
endforeach()
list(APPEND aliases
     --alias:topojson-client=${VEGA}/../topojson-client/topojson-client.js)

get_filename_component(folder ${ENTRY} DIRECTORY)
file(READ ${folder}/vega_licenses.js licenses)
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs
          ${ESBUILD} ${ENTRY} --bundle --minify --format=iife --global-name=vega --target=es2020
          --legal-comments=none --log-level=error --outfile=${OUTPUT} ${aliases}
          "--banner:js=${licenses}"
  RESULT_VARIABLE code ERROR_VARIABLE error)
if(code EQUAL 0)
  file(WRITE ${OUTPUT}.lacks "")
  return()
endif()
string(REGEX MATCH "Could not resolve \"([^\"]+)\"" unused "${error}")
if(CMAKE_MATCH_1)
  give_up("the module ${CMAKE_MATCH_1} (Debian's node-${CMAKE_MATCH_1}) was missing")
else()
  message(STATUS "${error}")
  give_up("esbuild could not bundle libjs-vega")
endif()
