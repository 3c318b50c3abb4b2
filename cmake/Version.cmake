# sluice_version.h: written at build time and only when it changes, so that a commit rebuilds the
# files which include it and nothing else.

set(SLUICE_GENERATED_DIR ${PROJECT_BINARY_DIR}/generated)
add_custom_target(sluice_version ALL
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
    -DOUTPUT=${SLUICE_GENERATED_DIR}/sluice_version.h -P ${PROJECT_SOURCE_DIR}/cmake/WriteVersion.cmake
  BYPRODUCTS ${SLUICE_GENERATED_DIR}/sluice_version.h
  COMMENT "" VERBATIM)
