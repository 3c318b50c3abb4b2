# How everything of ours is compiled and linked.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# What is shipped checks its stack and the bounds that the compiler knows, and takes jumps only where
# they are meant to land.
set(CMAKE_CXX_FLAGS_RELEASE
  "-O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection")
# -Og compiles in two thirds of the time of -O1 under the sanitizers (3.4 s for 5.0 s a file), and
# line numbers are all that their reports need. The assertions catch an empty optional and an index
# out of bounds.
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1 -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS")

set(SLUICE_SANITIZE "" CACHE STRING "sanitizers for the whole build, as gcc's -fsanitize= takes them")
if(SLUICE_SANITIZE)
  add_compile_options(-fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SLUICE_SANITIZE})
  add_compile_definitions(SLUICE_SANITIZE="${SLUICE_SANITIZE}")
endif()

# Designated initializers leave fields out on purpose.
add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wdeprecated-copy-dtor -Werror
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 guesses these from value ranges after inlining and finds them inside its own std::string,
  # std::vector and std::optional; clang-tidy and the sanitizers look for the real ones.
  add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds
    -Wno-maybe-uninitialized -Wno-format-truncation)
endif()

# No path of the machine that built it in the program: neither in messages nor in debug information.
add_compile_options(
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${PROJECT_BINARY_DIR}=build)

find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
  # The base folder lets two checkouts share their objects; the sloppiness is what ccache asks for where
  # headers are precompiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${SLUICE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

find_program(SLUICE_MOLD mold)
if(SLUICE_MOLD)
  # What runs only after an error stays away from the rest: 4 MB less of the program are in memory.
  add_link_options(-fuse-ld=mold -Wl,-z,keep-text-section-prefix)
endif()
# Every address that the dynamic linker fills in is filled in at the start, and read-only from then on.
add_link_options(-Wl,-z,relro -Wl,-z,now)
# Half of what the static libraries bring is never called.
add_link_options(-Wl,--gc-sections)

# Where tools/install_dependencies.sh puts things.
if(DEFINED ENV{SLUICE_HOME})
  set(SLUICE_HOME $ENV{SLUICE_HOME})
else()
  set(SLUICE_HOME $ENV{HOME}/.cache/sluice)
endif()
