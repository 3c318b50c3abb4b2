# Run as a script by the target sluice_version.
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=10 HEAD
  OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT hash)
  set(hash unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
// Written by cmake/WriteVersion.cmake.
#pragma once

#define SLUICE_VERSION "@VERSION@"
#define SLUICE_COMMIT "@hash@"
]])
