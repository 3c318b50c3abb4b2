# The table of docs/reference/errors.md as a source of the library sluice_app_reference, which
# src/app/reference/error_pages.h declares.

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(errors_page ${PROJECT_SOURCE_DIR}/docs/reference/errors.md)
set(errors_source ${SLUICE_GENERATED_DIR}/error_pages_content.cc)
add_custom_command(OUTPUT ${errors_source}
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/embed_errors.py ${errors_page} ${errors_source}
  DEPENDS ${errors_page} ${PROJECT_SOURCE_DIR}/cmake/embed_errors.py
  COMMENT "Embedding the named errors" VERBATIM)
target_sources(sluice_app_reference PRIVATE ${errors_source})
