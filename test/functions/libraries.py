"""Functions of shared libraries, made by the C compiler that is here, by include/sluice/function.h alone."""

import shutil
import subprocess

from functions.place import appended, feed, rows_by_duckdb, rows_of, run, write_pipeline
from functions.python import TYPES
from support.case import Case, Failure, Skip, expect_equal
from support.program import ROOT, must_say, sluice
from support.tables import connection, define_table

# Values of any type go back as they came, in memory of the library's own.
SAME = r"""
#include <stdlib.h>
#include <string.h>
#include "sluice/function.h"

static void release(struct ArrowArray* array) {
  for (int64_t i = 0; i < array->n_buffers; ++i) free((void*)array->buffers[i]);
  free(array->buffers);
  array->release = NULL;
}

static void* copied(const void* data, size_t size) {
  void* made = malloc(size + 1);
  memcpy(made, data, size);
  return made;
}

static const char* same(const struct ArrowArray* given, struct ArrowArray* result, size_t bits) {
  const size_t rows = (size_t)given->length;
  *result = *given;
  result->buffers = calloc((size_t)given->n_buffers, sizeof(void*));
  if (given->buffers[0] != NULL) result->buffers[0] = copied(given->buffers[0], (rows + 7) / 8);
  if (given->n_buffers == 3) {
    const int32_t* offsets = given->buffers[1];
    result->buffers[1] = copied(offsets, (rows + 1) * sizeof(int32_t));
    result->buffers[2] = copied(given->buffers[2], (size_t)offsets[rows]);
  } else {
    result->buffers[1] = copied(given->buffers[1], (rows * bits + 7) / 8);
  }
  result->release = release;
  return NULL;
}

#define SAME(bits) \
  const char* same_##bits(const struct ArrowArray* const* columns, int64_t count, struct ArrowArray* result) { \
    return count == 1 ? same(columns[0], result, bits) : "one column, please"; \
  }
SAME(0) SAME(1) SAME(8) SAME(16) SAME(32) SAME(64) SAME(128)
"""
BITS = {"BOOLEAN": 1, "TINYINT": 8, "UTINYINT": 8, "SMALLINT": 16, "USMALLINT": 16, "INTEGER": 32, "UINTEGER": 32, "REAL": 32, "DATE": 32,
        "VARCHAR": 0, "BLOB": 0}

WRONG = r"""
#include <stddef.h>
#include "sluice/function.h"

static const int64_t values[2048];
static const void* buffers[2] = {NULL, values};
static void release(struct ArrowArray* array) { array->release = NULL; }

#define FUNCTION(name) const char* name(const struct ArrowArray* const* columns, int64_t count, struct ArrowArray* result)
FUNCTION(says) { return "not on a Sunday"; }
FUNCTION(nothing) { return NULL; }
FUNCTION(shorter) {
  *result = (struct ArrowArray){.length = columns[0]->length - 1, .n_buffers = 2, .buffers = buffers, .release = release};
  return NULL;
}
FUNCTION(of_text) {
  *result = (struct ArrowArray){.length = columns[0]->length, .n_buffers = 3, .buffers = buffers, .release = release};
  return NULL;
}
static const char* lists(const struct ArrowArray* given, struct ArrowArray* result, const int32_t* offsets, int64_t length) {
  static struct ArrowArray child;
  static struct ArrowArray* children[1] = {&child};
  static const void* list_buffers[2];
  child = (struct ArrowArray){.length = length, .n_buffers = 2, .buffers = buffers, .release = release};
  list_buffers[1] = offsets;
  *result = (struct ArrowArray){.length = given->length, .n_buffers = 2, .n_children = 1, .buffers = list_buffers,
                                .children = children, .release = release};
  return NULL;
}
static const int32_t falling[2049] = {5, 3};
static int32_t rising[2049];
FUNCTION(backwards) { return lists(columns[0], result, falling, 2048); }
FUNCTION(missing) {
  for (int i = 0; i < 2049; ++i) rising[i] = i;
  return lists(columns[0], result, rising, 99);
}
"""

CPP = r"""
#include <cmath>
#include <vector>
#include "sluice/function.h"

namespace {
struct Column {
  std::vector<double> values;
  const void* buffers[2] = {};
};
}  // namespace

extern "C" const char* half(const ArrowArray* const* columns, int64_t, ArrowArray* result) {
  auto* made = new Column;
  const auto* given = static_cast<const int64_t*>(columns[0]->buffers[1]);
  for (int64_t i = 0; i < columns[0]->length; ++i) made->values.push_back(static_cast<double>(given[i]) / 2);
  made->buffers[1] = made->values.data();
  *result = ArrowArray{columns[0]->length, 0, 0, 2, 0, made->buffers, nullptr, nullptr,
                       [](ArrowArray* array) { delete static_cast<Column*>(array->private_data); array->release = nullptr; }, made};
  return nullptr;
}
"""


def cases():
    yield Case("libraries/types", types)
    yield Case("libraries/wrong", wrong)
    yield Case("libraries/cpp", cpp)


def compiled(folder, name, text, compiler="cc", ending=".c"):
    if not shutil.which(compiler):
        raise Skip(f"no {compiler} here to make a shared library with (Debian: apt-get install build-essential)")
    (folder / f"{name}{ending}").write_text(text)
    subprocess.run([compiler, "-Wall", "-Werror", "-shared", "-fPIC", f"-I{ROOT / 'include'}", "-o", f"{name}.so", f"{name}{ending}"], cwd=folder, check=True)


def types(folder):
    compiled(folder, "same", SAME)
    functions, columns, sames = [], [], []
    for number, (kind, values) in enumerate(TYPES.items()):
        bits = 128 if kind.startswith("DECIMAL") else BITS.get(kind, 64)
        functions.append(f"  same_{number}: {{args: {{x: \"{kind}\"}}, returns: \"{kind}\", library: same.so:same_{bits}}}")
        listed = ", ".join([*(f"'{value}'" for value in values), "NULL"])
        columns.append(f"CAST(([{listed}])[1 + (n // {number + 1}) % {len(values) + 1}] AS {kind}) AS c{number}")
        sames.append(f"c{number}, same_{number}(c{number}) AS s{number}")
    (folder / "pipeline.yaml").write_text("name: types\nsources: {numbers: {generator: {rows: 5000, columns: {n: {sequence: {}}}}}}\n"
                                          "functions:\n" + "\n".join(functions) + "\nviews:\n  given: SELECT n, " + ", ".join(columns) +
                                          " FROM numbers\n  same: SELECT n, " + ", ".join(sames) +
                                          " FROM given\nsinks: {same: {from: same, parquet: {path: out/same}}}\n"
                                          "trigger: available_now\ncheckpoint: checkpoint\n")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    duck = connection()
    define_table(duck, "same", "parquet", folder / "out" / "same")
    expect_equal((5000,), duck.execute("SELECT count(*) FROM same").fetchone(), "rows")
    for number, kind in enumerate(TYPES):
        other = f"SELECT count(*) FROM same WHERE c{number} IS DISTINCT FROM s{number}"
        expect_equal((0,), duck.execute(other).fetchone(), f"rows in which {kind} is another value")


def wrong(folder):
    compiled(folder, "wrong", WRONG)
    feed(folder)
    for name, says in {"says": "E_FUNCTION_FAILED: function f(): not on a Sunday", "nothing": "gives 0 values from offset 0 on for 100 rows",
                       "shorter": "gives 99 values from offset 0 on for 100 rows", "of_text": "gives a column of another type than BIGINT"}.items():
        write_pipeline(folder, f"f: {{args: {{n: BIGINT}}, returns: BIGINT, library: wrong.so:{name}}}", {"made": appended("SELECT id, f(id) AS f FROM sales", "made")})
        must_say(run(folder, code=2), says)
    for name, says in {"backwards": "gives lists whose offsets go backwards", "missing": "gives 99 values from offset 0 on for 100 rows",
                       "says": "not on a Sunday", "of_text": "gives a column of another type than BIGINT[]"}.items():
        write_pipeline(folder, f"f: {{args: {{n: BIGINT}}, returns: 'BIGINT[]', library: wrong.so:{name}}}", {"made": appended("SELECT id, f(id) AS f FROM sales", "made")})
        must_say(run(folder, code=2), says)
    write_pipeline(folder, "f: {args: {n: BIGINT}, returns: BIGINT, library: wrong.so:nobody}", {"made": appended("SELECT id, f(id) AS f FROM sales", "made")})
    must_say(sluice("check", "pipeline.yaml", cwd=folder).must_exit(2), "pipeline.yaml:10:3: function 'f': wrong.so has no function 'nobody'")
    (folder / "rubbish.so").write_text("no library")
    write_pipeline(folder, "f: {args: {n: BIGINT}, returns: BIGINT, library: rubbish.so}", {"made": appended("SELECT id, f(id) AS f FROM sales", "made")})
    must_say(sluice("check", "pipeline.yaml", cwd=folder).must_exit(2), "function 'f': cannot be loaded: ")
    if (folder / "out").exists() and rows_of(folder, "made"):
        raise Failure("something is written")


def cpp(folder):
    """In C++, with a column that is freed by itself."""
    compiled(folder, "half", CPP, "c++", ".cpp")
    feed(folder)
    write_pipeline(folder, "half: {args: {n: BIGINT}, returns: DOUBLE, library: half.so}", {"made": appended("SELECT id, half(id) AS f FROM sales", "made")})
    run(folder)
    expect_equal(rows_by_duckdb("SELECT id, id / 2 AS f FROM sales"), rows_of(folder, "made"), "rows")
