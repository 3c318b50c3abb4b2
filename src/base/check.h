#pragma once

#include <cstdio>
#include <cstdlib>

/// Aborts when `condition` is false, in release builds too. For bugs of ours, never for input.
#define SLUICE_CHECK(condition)                                                                 \
  do {                                                                                          \
    if (!(condition)) {                                                                         \
      std::fprintf(stderr, "bug: %s does not hold at %s:%d\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                             \
    }                                                                                           \
  } while (false)
