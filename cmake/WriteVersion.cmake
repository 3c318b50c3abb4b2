# Run as a script by the target sluice_version. The version is that of the tag which the commit has (v0.2.0), else the one
# that CMakeLists.txt names, which is the next one's.
execute_process(COMMAND git -C ${SOURCE} describe --tags --exact-match --match "v[0-9]*" HEAD
  OUTPUT_VARIABLE tag OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(tag MATCHES "^v([0-9]+[.][0-9]+[.][0-9]+.*)$")
  set(VERSION ${CMAKE_MATCH_1})
endif()
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
