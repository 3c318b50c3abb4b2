"""Reads what sinks have written, by readers that are not ours: deltalake, DuckDB, pyarrow."""

from pathlib import Path

from support.case import Failure

KINDS = ("delta", "parquet", "csv", "json")


def connection():
    """A DuckDB in memory, with times in UTC, that leaves the second core to the rest."""
    import duckdb

    duck = duckdb.connect(config={"threads": 1})
    duck.execute("SET TimeZone = 'UTC'")
    return duck


def data_files(folder, *endings):
    """The files of a table's folder with one of the endings, in order of name; what begins with `_` or `.` is not data."""
    folder = Path(folder)
    found = [path for path in sorted(folder.rglob("*")) if path.name.endswith(endings)
             if not any(part.startswith(("_", ".")) for part in path.relative_to(folder).parts)]
    return [str(path) for path in found]


def define_table(duck, name, kind, path, header=True):
    """Makes `name` a view (or table) of the `kind` table at `path`; False when nothing is there."""
    if kind == "delta":
        return _define_delta(duck, name, path)
    endings = {"parquet": (".parquet",), "csv": (".csv", ".csv.gz", ".csv.zst"),
               "json": (".jsonl", ".jsonl.gz", ".jsonl.zst")}.get(kind)
    if endings is None:
        raise Failure(f"no such kind of table: {kind}; known are {', '.join(KINDS)}")
    files = [str(path)] if Path(path).is_file() else data_files(path, *endings)
    if not files:
        return False
    listed = "[" + ", ".join("'" + file.replace("'", "''") + "'" for file in files) + "]"
    reader = {
        "parquet": f"read_parquet({listed}, hive_partitioning=true, union_by_name=true)",
        "csv": f"read_csv({listed}, all_varchar=true, header={str(header).lower()}, "
               "hive_partitioning=true, hive_types_autocast=false, delim=',', quote='\"', "
               "escape='\"', nullstr='', allow_quoted_nulls=false, strict_mode=true)",
        "json": f"read_json({listed}, format='newline_delimited', hive_partitioning=true)",
    }[kind]
    duck.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM {reader}')
    return True


def _define_delta(duck, name, path):
    import deltalake

    if not deltalake.DeltaTable.is_deltatable(str(path)):
        return False
    # Not to_pyarrow_dataset(): DuckDB's threads would call back into Python for every file, and wait
    # for its lock for ever when two cases run at a time.
    duck.register(name, deltalake.DeltaTable(str(path)).to_pyarrow_table())
    return True


def rows_as_text(duck, select):
    """The rows of `select`, sorted, each a list of texts as DuckDB casts them; NULL as `NULL`."""
    columns = [f'coalesce(CAST(COLUMNS(*) AS VARCHAR), \'NULL\')']
    found = duck.execute(f"SELECT {columns[0]} FROM ({select})").fetchall()
    return sorted(list(row) for row in found)


def expect_same_rows(duck, expected, got, what, limit=5):
    """Both are SELECTs; equal as multisets, or Failure shows some rows of the difference."""
    sizes = [duck.execute(f"SELECT count(*) FROM ({rows})").fetchone()[0]
             for rows in (expected, got)]
    for more, less, word in ((expected, got, "missing"), (got, expected, "too many")):
        difference = f"({more}) EXCEPT ALL ({less})"
        count = duck.execute(f"SELECT count(*) FROM ({difference})").fetchone()[0]
        if count == 0 and sizes[0] == sizes[1]:
            return  # as many rows, and each of the one side's is on the other
        if count:
            shown = "\n".join("    " + " | ".join(row)
                              for row in rows_as_text(duck, f"{difference} LIMIT {limit}"))
            raise Failure(f"{what}: {count} rows {word}, among them\n{shown}")
