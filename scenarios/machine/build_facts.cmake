# Writes build_facts.cpp; run at every build, touches the file only when something changed.
# -DSOURCE=<repository> -DOUTPUT=<file> and the FACT_* values.
execute_process(COMMAND git describe --always --dirty --abbrev=12
  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE FACT_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR FACT_REVISION STREQUAL "")
  set(FACT_REVISION "unknown")
endif()
if(FACT_SANITIZERS STREQUAL "")
  set(FACT_SANITIZERS "none")
endif()
configure_file(${SOURCE}/scenarios/machine/build_facts.cpp.in ${OUTPUT} @ONLY)
