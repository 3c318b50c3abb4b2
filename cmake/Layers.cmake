# Reads layers.txt and turns each folder of src/ into targets that link what the rules allow:
#   sluice_<folder>   a static library of *.cc (header-only folders and empty ones are fine)
#   <folder>_test     one GoogleTest program of *_test.cc, one entry in ctest
#   <folder>_bench    one Google Benchmark program of *_bench.cc, built by the target `benches` only
# In names of targets, connectors/kafka is connector_kafka and sql/tree is sql_tree. A folder that has
# rooms (lines `folder/room:`) holds no sources itself: each room is a library, sluice_<folder> stands for
# all of them, and their tests are one program.

set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS layers.txt)
file(STRINGS ${PROJECT_SOURCE_DIR}/layers.txt lines)
foreach(line IN LISTS lines)
  string(REGEX REPLACE "#.*" "" line "${line}")
  if(line MATCHES "^[<\"]([^> ]+)>? +(.*)$")
    set(beginning ${CMAKE_MATCH_1})
    separate_arguments(folders UNIX_COMMAND "${CMAKE_MATCH_2}")
    foreach(folder IN LISTS folders)
      set_property(GLOBAL APPEND PROPERTY "SLUICE_FOLDER_LIBRARIES_${folder}" ${beginning})
    endforeach()
  elseif(line MATCHES "^([^: ]+):(.*)$")
    set(folder ${CMAKE_MATCH_1})
    separate_arguments(allowed UNIX_COMMAND "${CMAKE_MATCH_2}")
    set_property(GLOBAL APPEND PROPERTY SLUICE_FOLDERS ${folder})
    set_property(GLOBAL PROPERTY "SLUICE_ALLOWED_${folder}" "${allowed}")
  endif()
endforeach()

# Headers that most files include or whose reading takes a compiler seconds, read once for all. What a
# file may include is layers.txt's and `make check`'s, not this list's.
add_library(sluice_precompiled OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cc)
target_link_libraries(sluice_precompiled PRIVATE nlohmann_json::nlohmann_json)
target_precompile_headers(sluice_precompiled PRIVATE <algorithm> <chrono> <functional> <map> <memory>
  <nlohmann/json.hpp> <optional> <set> <stop_token> <string> <string_view> <utility> <variant> <vector>)
function(sluice_precompiled target)
  target_precompile_headers(${target} REUSE_FROM sluice_precompiled)
endfunction()

# connectors/kafka -> connector_kafka, sql/tree -> sql_tree
function(sluice_target_name folder result)
  string(REGEX REPLACE "^connectors/" "connector_" name ${folder})
  string(REPLACE "/" "_" name ${name})
  set(${result} ${name} PARENT_SCOPE)
endfunction()

# What `folder` links: the folders below it and the libraries that it may include.
function(sluice_folder_links folder result)
  set(rule ${folder})
  get_property(folders GLOBAL PROPERTY SLUICE_FOLDERS)
  if(NOT folder IN_LIST folders)
    string(REGEX REPLACE "/.*" "/*" rule ${folder})
    if(NOT rule IN_LIST folders)
      message(FATAL_ERROR "src/${folder} has no rule in layers.txt; add a line '${folder}: <folders it may include>'")
    endif()
  endif()
  set(links)
  get_property(allowed GLOBAL PROPERTY "SLUICE_ALLOWED_${rule}")
  foreach(other IN LISTS allowed)
    if(other MATCHES "^(.*)/\\*$")
      list(APPEND links sluice_${CMAKE_MATCH_1})
    else()
      sluice_target_name(${other} name)
      list(APPEND links sluice_${name})
    endif()
  endforeach()
  string(REGEX REPLACE "/.*" "/*" family ${folder})
  get_property(own GLOBAL PROPERTY "SLUICE_FOLDER_LIBRARIES_${folder}")
  if(NOT family STREQUAL folder)
    get_property(shared GLOBAL PROPERTY "SLUICE_FOLDER_LIBRARIES_${family}")
    list(APPEND own ${shared})
  endif()
  foreach(beginning IN LISTS own)
    get_property(library GLOBAL PROPERTY "SLUICE_LIBRARY_${beginning}")
    if(NOT library)
      message(FATAL_ERROR "layers.txt names the library '${beginning}', which cmake/Libraries.cmake does not know")
    endif()
    list(APPEND links ${library})
  endforeach()
  list(REMOVE_DUPLICATES links)
  set(${result} ${links} PARENT_SCOPE)
endfunction()

# The rooms of `folder`, in the order of layers.txt; none for a folder that has sources itself.
function(sluice_rooms folder result)
  get_property(rooms GLOBAL PROPERTY SLUICE_FOLDERS)
  list(FILTER rooms INCLUDE REGEX "^${folder}/")
  set(${result} ${rooms} PARENT_SCOPE)
  if(NOT rooms)
    return()
  endif()
  file(GLOB entries CONFIGURE_DEPENDS LIST_DIRECTORIES true RELATIVE ${PROJECT_SOURCE_DIR}/src
    ${PROJECT_SOURCE_DIR}/src/${folder}/*)
  foreach(entry IN LISTS entries)
    if(NOT entry IN_LIST rooms)
      message(FATAL_ERROR "src/${folder} holds rooms only, each with a line '${folder}/<room>: <folders it "
        "may include>' in layers.txt, and src/${entry} is none of them")
    endif()
  endforeach()
endfunction()

# The library of one folder or room.
function(sluice_library folder)
  sluice_target_name(${folder} name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cc)
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|/main)\\.cc$")
  sluice_folder_links(${folder} links)
  if(sources)
    set(access PUBLIC)
    add_library(sluice_${name} STATIC ${sources})
    add_dependencies(sluice_${name} sluice_version)
  else()
    set(access INTERFACE)
    add_library(sluice_${name} INTERFACE)
  endif()
  target_include_directories(sluice_${name} ${access}
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include ${SLUICE_GENERATED_DIR})
  target_link_libraries(sluice_${name} ${access} ${links} Threads::Threads)
  if(sources)
    sluice_precompiled(sluice_${name})
  endif()
endfunction()

# sluice_folder(FOLDER [TEST_SHARDS N] [TEST_OPTIMISED] [LINK_ONLY TARGET...])
# TEST_SHARDS: its test program runs as N tests side by side, each a part of the cases.
# TEST_OPTIMISED: some of its cases do more where no sanitizer slows them, so that `make test` runs them
# in the release build, too; all others run under the sanitizers only.
# LINK_ONLY: what the linker needs though the folder may not include it.
function(sluice_folder folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TEST_OPTIMISED" "TEST_SHARDS" "LINK_ONLY")
  sluice_target_name(${folder} name)
  sluice_rooms(${folder} rooms)
  if(rooms)
    add_library(sluice_${name} INTERFACE)
    foreach(room IN LISTS rooms)
      sluice_library(${room})
      sluice_target_name(${room} room_name)
      target_link_libraries(sluice_${name} INTERFACE sluice_${room_name})
    endforeach()
  else()
    set(rooms ${folder})
    sluice_library(${folder})
  endif()

  list(TRANSFORM rooms PREPEND ${PROJECT_SOURCE_DIR}/src/ OUTPUT_VARIABLE dirs)
  list(TRANSFORM dirs APPEND /*_test.cc OUTPUT_VARIABLE patterns)
  file(GLOB tests CONFIGURE_DEPENDS ${patterns})
  list(TRANSFORM dirs APPEND /*_bench.cc OUTPUT_VARIABLE patterns)
  file(GLOB benches CONFIGURE_DEPENDS ${patterns})

  if(tests AND BUILD_TESTING)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE
      sluice_${name} ${arg_LINK_ONLY} sluice_test_support GTest::gtest GTest::gtest_main)
    sluice_precompiled(${name}_test)
    if(NOT arg_TEST_SHARDS)
      set(arg_TEST_SHARDS 1)
    endif()
    foreach(shard RANGE 1 ${arg_TEST_SHARDS})
      set(test ${name}_test)
      if(arg_TEST_SHARDS GREATER 1)
        string(APPEND test _${shard})
      endif()
      math(EXPR index "${shard} - 1")
      # Shards run side by side, each with a folder of its own for testing::TempDir().
      set(folder ${CMAKE_BINARY_DIR}/test-folders/${test}/)
      file(MAKE_DIRECTORY ${folder})
      add_test(NAME ${test} COMMAND ${name}_test)
      set_tests_properties(${test} PROPERTIES TIMEOUT 900 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
        ENVIRONMENT "${SLUICE_TEST_ENVIRONMENT};TEST_TMPDIR=${folder};GTEST_TOTAL_SHARDS=${arg_TEST_SHARDS};GTEST_SHARD_INDEX=${index}")
      if(arg_TEST_OPTIMISED)
        set_tests_properties(${test} PROPERTIES LABELS optimised)
      endif()
    endforeach()
    set_property(GLOBAL APPEND PROPERTY SLUICE_TESTS ${name}_test)
    if(arg_TEST_OPTIMISED)
      set_property(GLOBAL APPEND PROPERTY SLUICE_OPTIMISED_TESTS ${name}_test)
    endif()
  endif()
  if(benches)
    add_executable(${name}_bench EXCLUDE_FROM_ALL ${benches})
    target_link_libraries(${name}_bench PRIVATE
      sluice_${name} ${arg_LINK_ONLY} sluice_test_support benchmark::benchmark
      benchmark::benchmark_main)
    set_target_properties(${name}_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
    set_property(GLOBAL APPEND PROPERTY SLUICE_BENCHES ${name}_bench)
  endif()
endfunction()

# add_connector(NAME): one line in src/connectors/CMakeLists.txt for the folder of that name, which
# defines register_NAME().
function(add_connector name)
  sluice_folder(connectors/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/connectors/${name}/*.cc)
  if(NOT sources)
    message(NOTICE "connector '${name}' has no sources in src/connectors/${name}: left out")
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY SLUICE_CONNECTORS ${name})
endfunction()

# The library sluice_connectors: all connectors, and register_all() which calls each one's.
function(finish_connectors)
  get_property(names GLOBAL PROPERTY SLUICE_CONNECTORS)
  set(declarations "")
  set(calls "")
  set(libraries sluice_connector)
  foreach(name IN LISTS names)
    string(APPEND declarations "void register_${name}(connector::Registry& registry);\n")
    string(APPEND calls "  register_${name}(registry);\n")
    list(APPEND libraries sluice_connector_${name})
  endforeach()
  set(source ${SLUICE_GENERATED_DIR}/all_connectors.cc)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [=[
// Written by cmake/Layers.cmake from src/connectors/CMakeLists.txt.
#include "connector/registry.h"

namespace sluice::connectors {

@declarations@
void register_all(connector::Registry& registry);
void register_all([[maybe_unused]] connector::Registry& registry) {
@calls@}

}  // namespace sluice::connectors
]=])
  if(names)
    add_library(sluice_connectors STATIC ${source})
    target_link_libraries(sluice_connectors PUBLIC ${libraries})
  else()
    add_library(sluice_connectors INTERFACE)
    target_link_libraries(sluice_connectors INTERFACE ${libraries})
  endif()
endfunction()
