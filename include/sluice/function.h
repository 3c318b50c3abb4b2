#ifndef SLUICE_FUNCTION_H
#define SLUICE_FUNCTION_H

/* What a shared library needs to have functions for SQL of sluice (docs/guide/functions.md). It is
   C, and needs nothing else: columns come and go by Arrow's C data interface
   (arrow.apache.org/docs/format/CDataInterface.html), whose ArrowArray this is.

   A function is called with `count` columns of as many rows each, in the order of `args`, and fills
   `result` with a column of the type that the file says (`returns`), of as many rows, with offset
   0. It may be called from several threads at the same time. It returns NULL, or a text that says
   what is wrong, which must live until the thread's next call. The columns are the caller's: they
   are gone after the call, and their release() does nothing. The caller calls result's release()
   once it has read it.

     const char* doubled(const struct ArrowArray* const* columns, int64_t count, struct ArrowArray*
   result);

   Types: BOOLEAN as Arrow's bool, integers, REAL and DOUBLE as float and double, DECIMAL as
   decimal128, VARCHAR as utf8 with 32-bit offsets, BLOB as binary, DATE as date32, TIME as
   time64[us], TIMESTAMP and TIMESTAMPTZ as timestamp[us]. A result may also be a list with 32-bit
   offsets, or a struct, of such: its values are in `children`, without an offset. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

struct ArrowArray {
  int64_t length;
  int64_t null_count; /* -1: not counted */
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers; /* validity (NULL: nothing is null), then values, or offsets and bytes */
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif

typedef const char* (*sluice_function)(const struct ArrowArray* const* columns, int64_t count,
                                       struct ArrowArray* result);

#ifdef __cplusplus
}
#endif

#endif
