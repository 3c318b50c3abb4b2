# The C++ API as a package for other projects: include/sluice, one archive with everything of ours
# and the libraries that Debian has not, and what find_package(sluice) reads.
#   cmake --build --preset release --target library
#   cmake --install build/release --prefix DIR

# All static libraries below the folder.
function(sluice_archives folder result)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  set(found "")
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
      list(APPEND found ${target})
    endif()
  endforeach()
  foreach(below IN LISTS folders)
    sluice_archives(${below} more)
    list(APPEND found ${more})
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

sluice_archives(${PROJECT_SOURCE_DIR}/src own)
list(REMOVE_ITEM own sluice_cli sluice_test_support)
get_property(archives GLOBAL PROPERTY SLUICE_ARCHIVES)
foreach(target IN LISTS own)
  list(APPEND archives $<TARGET_FILE:${target}>)
endforeach()
set(script ${PROJECT_BINARY_DIR}/library.mri)
set(library ${PROJECT_BINARY_DIR}/libsluice.a)
file(GENERATE OUTPUT ${script} CONTENT
  "create ${library}\naddlib $<JOIN:${archives},\naddlib >\nsave\nend\n")
add_custom_command(OUTPUT ${library}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${library}
  # Nobody who links it reads the debug information of DuckDB and the bridge. What the two say of
  # Rust's bitcode beside the code is of interest only where they fail.
  COMMAND sh -c "said=$('${CMAKE_AR}' -M < '${script}' 2>&1 && '${CMAKE_STRIP}' --strip-debug '${library}' 2>&1) || { echo \"$said\"; exit 1; }"
  DEPENDS ${own} ${archives} ${script}
  COMMENT "One archive of all" VERBATIM)
add_custom_target(library DEPENDS ${library})

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/sluiceConfig.cmake.in
  ${PROJECT_BINARY_DIR}/sluiceConfig.cmake INSTALL_DESTINATION ${config_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
# Before 1.0 a new minor version may change the API.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sluiceConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sluice DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${library} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_BINARY_DIR}/sluiceConfig.cmake ${PROJECT_BINARY_DIR}/sluiceConfigVersion.cmake
  DESTINATION ${config_dir})
