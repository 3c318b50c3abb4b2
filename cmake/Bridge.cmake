# The Rust bridge (rust/): a static library, three generated headers, built by cargo into a folder
# outside the tree, so that a clean build and a second checkout find the crates compiled.
# Defines the target `bridge`, empty while there is no rust/Cargo.toml.

add_library(bridge INTERFACE)
if(EXISTS ${PROJECT_SOURCE_DIR}/rust/Cargo.toml)
  set(bridge_dir ${PROJECT_BINARY_DIR}/bridge)
  file(MAKE_DIRECTORY ${bridge_dir}/include)
  file(GLOB_RECURSE bridge_sources CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/rust/src/*.rs ${PROJECT_SOURCE_DIR}/rust/.cargo/*.toml)
  add_custom_command(
    OUTPUT ${bridge_dir}/libsluice_bridge.a ${bridge_dir}/include/rust/cxx.h
      ${bridge_dir}/include/sluice_bridge/src/lib.rs.h
      ${bridge_dir}/include/sluice_bridge/src/cassandra.rs.h
    COMMAND ${PROJECT_SOURCE_DIR}/tools/build_bridge.sh ${bridge_dir}
    DEPENDS ${bridge_sources} ${PROJECT_SOURCE_DIR}/rust/Cargo.toml ${PROJECT_SOURCE_DIR}/rust/Cargo.lock
      ${PROJECT_SOURCE_DIR}/rust/build.rs ${PROJECT_SOURCE_DIR}/tools/build_bridge.sh
    COMMENT "Building the Rust bridge (minutes when cold, in parallel with the C++)"
    # Shows cargo's progress; the C++ goes on beside it.
    USES_TERMINAL VERBATIM)
  add_custom_target(bridge_build DEPENDS ${bridge_dir}/libsluice_bridge.a)
  add_library(bridge_archive STATIC IMPORTED)
  set_target_properties(bridge_archive PROPERTIES IMPORTED_LOCATION ${bridge_dir}/libsluice_bridge.a)
  add_dependencies(bridge_archive bridge_build)
  set_property(GLOBAL APPEND PROPERTY SLUICE_ARCHIVES ${bridge_dir}/libsluice_bridge.a)
  target_include_directories(bridge SYSTEM INTERFACE ${bridge_dir}/include)
  target_link_libraries(bridge INTERFACE bridge_archive pthread dl m)
  add_dependencies(bridge bridge_build)
endif()
