# Third-party libraries as CMake targets. Which folder may use which is written in layers.txt;
# sluice_library(BEGINNING TARGET) ties the beginning of a header's name there to a target here.

function(sluice_library beginning)
  set_property(GLOBAL PROPERTY "SLUICE_LIBRARY_${beginning}" ${ARGN})
endfunction()

# Libraries of the lock file, under ${SLUICE_HOME}/deps/<name>-<version>; for ThreadSanitizer, where
# there is one, the variant <name>-<version>-tsan.
function(sluice_dependency name)
  file(STRINGS ${PROJECT_SOURCE_DIR}/third_party/dependencies.lock line REGEX "^${name} ")
  string(REGEX REPLACE "^[^ ]+ +([^ ]+) .*" "\\1" version "${line}")
  set(dir ${SLUICE_HOME}/deps/${name}-${version})
  if(SLUICE_SANITIZE MATCHES "thread" AND EXISTS ${dir}-tsan/.stamp)
    string(APPEND dir -tsan)
  endif()
  if(NOT EXISTS ${dir}/.stamp)
    message(FATAL_ERROR "${name} ${version} is not installed in ${dir}: run tools/install_dependencies.sh build")
  endif()
  file(GLOB archives ${dir}/lib/*.a ${dir}/lib/*.so)
  # What Install.cmake puts into one.
  set_property(GLOBAL APPEND PROPERTY SLUICE_ARCHIVES ${archives})
  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE ${dir}/include)
  list(LENGTH archives count)
  if(count GREATER 1)
    # DuckDB's archives call each other.
    target_link_libraries(${name} INTERFACE -Wl,--start-group ${archives} -Wl,--end-group)
  else()
    target_link_libraries(${name} INTERFACE ${archives})
  endif()
  target_link_libraries(${name} INTERFACE ${ARGN})
endfunction()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

sluice_dependency(duckdb Threads::Threads dl m)
sluice_dependency(librdkafka CURL::libcurl OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB zstd Threads::Threads dl m)
sluice_dependency(simdjson)
target_compile_definitions(duckdb INTERFACE DUCKDB_STATIC_BUILD)
target_compile_definitions(librdkafka INTERFACE LIBRDKAFKA_STATICLIB)

add_library(xxhash INTERFACE)
target_compile_definitions(xxhash INTERFACE XXH_INLINE_ALL)

sluice_library("duckdb.h" duckdb)
sluice_library("librdkafka/" librdkafka)
# The static library: what only some pipelines need must not slow each start.
find_library(PROTOBUF_ARCHIVE libprotobuf.a REQUIRED)
add_library(protobuf INTERFACE)
target_link_libraries(protobuf INTERFACE ${PROTOBUF_ARCHIVE} ZLIB::ZLIB Threads::Threads)
set_property(GLOBAL APPEND PROPERTY SLUICE_ARCHIVES ${PROTOBUF_ARCHIVE})

sluice_library("google/protobuf/" protobuf)
sluice_library("simdjson.h" simdjson)
sluice_library("yaml-cpp/" yaml-cpp)
# Headers only.
sluice_library("boost/" OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
sluice_library("openssl/" OpenSSL::Crypto)
sluice_library("zlib.h" ZLIB::ZLIB)
sluice_library("zstd.h" zstd)
sluice_library("curl/" CURL::libcurl)
sluice_library("CLI/" CLI11::CLI11)
sluice_library("spdlog/" spdlog::spdlog)
sluice_library("fmt/" fmt::fmt)
sluice_library("xxhash.h" xxhash)
sluice_library("nlohmann/" nlohmann_json::nlohmann_json)
sluice_library("rust/" bridge)
sluice_library("sluice_bridge/" bridge)
