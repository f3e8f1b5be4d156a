# Writes build_facts.cpp; run at every build, touches the file only when something changed.
# -DSOURCE=<repository> -DOUTPUT=<file> and the FACT_* values.
execute_process(COMMAND git describe --always --dirty --abbrev=12
  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE FACT_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR FACT_REVISION STREQUAL "")
  set(FACT_REVISION "unknown")
endif()
# What the manual page is dated by: two builds of one source have the same. TIMESTAMP heeds
# SOURCE_DATE_EPOCH; outside of a repository the source's own file tells its age.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  string(TIMESTAMP FACT_DATE "%Y-%m-%d" UTC)
elseif(NOT FACT_REVISION STREQUAL "unknown")
  execute_process(COMMAND ${CMAKE_COMMAND} -E env TZ=UTC
                          git log -1 --format=%cd --date=format-local:%Y-%m-%d
    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE FACT_DATE OUTPUT_STRIP_TRAILING_WHITESPACE)
else()
  file(TIMESTAMP ${SOURCE}/CMakeLists.txt FACT_DATE "%Y-%m-%d" UTC)
endif()
if(FACT_SANITIZERS STREQUAL "")
  set(FACT_SANITIZERS "none")
endif()
configure_file(${SOURCE}/scenarios/machine/build_facts.cpp.in ${OUTPUT} @ONLY)
