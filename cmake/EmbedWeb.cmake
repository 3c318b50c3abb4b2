# The live page (web/, with uPlot and the land of its maps) as a source of the library sluice_web, which
# src/web/web_files.h declares.

find_package(Python3 REQUIRED COMPONENTS Interpreter)
# Where the lock file's archive of that name lies.
function(sluice_web_dependency name result)
  file(STRINGS ${PROJECT_SOURCE_DIR}/third_party/dependencies.lock line REGEX "^${name} ")
  string(REGEX REPLACE "^[^ ]+ +([^ ]+) .*" "\\1" version "${line}")
  set(dir ${SLUICE_HOME}/deps/${name}-${version})
  if(NOT EXISTS ${dir}/.stamp)
    message(FATAL_ERROR "${name} ${version} is not installed in ${dir}: run tools/install_dependencies.sh build")
  endif()
  set(${result} ${dir} PARENT_SCOPE)
endfunction()

sluice_web_dependency(uplot uplot_dir)
sluice_web_dependency(world_atlas land_dir)
set(web_source ${SLUICE_GENERATED_DIR}/web_files_content.cc)
set(web_command ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/embed_web.py
  ${PROJECT_SOURCE_DIR}/web ${uplot_dir} ${land_dir})
file(GLOB_RECURSE web_inputs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/*)
add_custom_command(OUTPUT ${web_source} COMMAND ${web_command} ${web_source}
  DEPENDS ${web_inputs} ${PROJECT_SOURCE_DIR}/cmake/embed_web.py ${PROJECT_SOURCE_DIR}/cmake/saved_page.py ${uplot_dir}/.stamp ${land_dir}/.stamp
  COMMENT "Embedding the live page" VERBATIM)
target_sources(sluice_web PRIVATE ${web_source})
