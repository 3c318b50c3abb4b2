# The files of templates/ as a source of the library sluice_app_templates, which
# src/app/templates/template_files.h declares.

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(templates_source ${SLUICE_GENERATED_DIR}/template_files_content.cc)
file(GLOB_RECURSE templates_inputs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/templates/*)
add_custom_command(OUTPUT ${templates_source}
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/embed_templates.py ${PROJECT_SOURCE_DIR}/templates ${templates_source}
  DEPENDS ${templates_inputs} ${PROJECT_SOURCE_DIR}/cmake/embed_templates.py
  COMMENT "Embedding the templates" VERBATIM)
target_sources(sluice_app_templates PRIVATE ${templates_source})
