#!/usr/bin/env python3
"""Runs cases of the referee with their SQL translated, in one warm Spark; its Python runs this.

    runner.py ANSWERS [NAME...]    writes ANSWERS/NAME.json for each case, a line on standard output when it is done;
                                   without names reads them, a line each
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "test"), str(ROOT / "spark")]

import referee.spark  # noqa: E402
from referee.case_file import load_all  # noqa: E402
from referee.spark import Spark, named  # noqa: E402
from referee.spark import with_watermark as plain_watermark  # noqa: E402
from sluice_spark.errors import Refused  # noqa: E402
from sluice_spark.sql import translate  # noqa: E402
from sluice_spark.types import EVENT_TIME, quoted, spark_type  # noqa: E402

DUCKDB_NAMES = {"string": "VARCHAR", "timestamp_ntz": "TIMESTAMP", "timestamp": "TIMESTAMPTZ", "binary": "BLOB",
                "int": "INTEGER", "void": "NULL"}


def ddl(schema):
    return ", ".join(f"{quoted(name)} {spark_type(str(kind))}" for name, kind in schema.items())


def duckdb_type(kind):
    """The type of a view's column, as a plan would have it."""
    from pyspark.sql import types

    if isinstance(kind, types.ArrayType):
        return duckdb_type(kind.elementType) + "[]"
    if isinstance(kind, types.MapType):
        return f"MAP({duckdb_type(kind.keyType)}, {duckdb_type(kind.valueType)})"
    if isinstance(kind, types.StructType):
        return "STRUCT(" + ", ".join(f'"{one.name}" {duckdb_type(one.dataType)}' for one in kind.fields) + ")"
    name = kind.simpleString()
    return DUCKDB_NAMES.get(name, name.upper())


def watermarked(frame, watermark):
    """Spark's event times are instants."""
    column = watermark["column"]
    if dict(frame.dtypes)[column] != EVENT_TIME.lower():
        frame = frame.withColumn(column, frame[column].cast(EVENT_TIME))
    return plain_watermark(frame, watermark)


class Engine(Spark):
    """`batch`: all rows of the sources at once, and every view as a batch query. Without it a result that is no
    stream in Spark is refused by Spark."""

    batch = False

    def answer(self, case):
        """What a case's file says: columns, triggers, error; for `differs` the rows of a batch query where
        Spark runs no stream."""
        self.zone, self.mode = case.spec.get("timezone", "UTC"), case.mode
        self.sql, self.notes = {}, []
        try:
            found = self.record(case)
        except Refused as refused:
            return {"refused": str(refused), "sql": self.sql}
        result = {"columns": found.columns, "error": found.error, "sql": self.sql, "notes": self.notes,
                  "triggers": [[one.batch, one.rows, one.watermark, one.late] for one in found.triggers]}
        if "differs" in case.spec and found.error and case.mode == "complete":
            result["batch"] = self.batch_rows(case)
        return result

    def batch_rows(self, case):
        self.batch = True
        self.count += 1
        folder = self.folder / str(self.count)
        try:
            from referee.values import to_json

            frame = self.define(case, folder)
            return {"columns": {one.name: one.dataType.simpleString() for one in frame.schema.fields},
                    "rows": [[to_json(cell) for cell in row] for row in frame.collect()]}
        except Exception as error:
            return {"error": named(error) if hasattr(error, "getCondition") else str(error)}
        finally:
            self.batch = False

    def define(self, case, folder):
        self.names = [*case.sources, *case.spec.get("tables", {})]
        self.types = {name: [(column, str(kind)) for column, kind in options["schema"].items()]
                      for name, options in [*case.sources.items(), *case.spec.get("tables", {}).items()]}
        self.defined = list(case.spec["views"])
        spec = {key: value for key, value in case.spec.items() if key != "spark"}
        case.spec, kept = spec, case.spec
        try:
            return super().define(case, folder)
        finally:
            case.spec = kept

    def stream(self, case, name, options, folder):
        if not self.batch:
            return super().stream(case, name, options, folder)
        folder.mkdir(parents=True)
        path = folder / "all.json"
        path.write_text("".join(json.dumps(row) + "\n" for row in case.rows_of(name)))
        return self.session.read.schema(ddl(options["schema"])).json(str(path))

    def view(self, view):
        name = self.defined[len([one for one in self.names if one in self.defined])]
        self.names.append(name)
        if isinstance(view, dict):
            frame = self.session.table(view["from"]) if "from" in view else self.translated(name, view["sql"])
            if "from" in view:
                self.types[name] = self.types.get(view["from"])
            if "watermark" in view and not self.batch:
                return watermarked(frame, view["watermark"])
            if "deduplicate" in view:
                options = view["deduplicate"]
                if "within" in options:
                    return frame.dropDuplicatesWithinWatermark(options["by"])
                return frame.dropDuplicates(options["by"])
            return frame
        return self.translated(name, view)

    def columns(self, name):
        """With DuckDB's types, as a plan has them; Spark's where the translation does not know them."""
        known = dict(self.types.get(name) or [])
        return [(field.name, known[field.name] if "UNKNOWN" not in known.get(field.name, "UNKNOWN")
                 else duckdb_type(field.dataType)) for field in self.session.table(name).schema.fields]

    def translated(self, name, sql):
        found = translate(sql, {one: self.columns(one) for one in self.names[:-1]}, self.zone)
        self.types[name] = found.columns
        self.sql[name] = found.sql
        self.notes += found.notes
        if found.distinct is None or self.batch or self.mode == "complete":
            return self.session.sql(found.sql)
        self.sql[name] = found.distinct_sql
        return self.session.sql(found.distinct_sql).dropDuplicates(found.distinct or None)


def use_our_types():
    referee.spark.ddl, referee.spark.with_watermark = ddl, watermarked


def main():
    use_our_types()
    answers = Path(sys.argv[1])
    cases = {case.name: case for case in load_all()}
    engine = Engine()
    try:
        for name in sys.argv[2:] or map(str.strip, sys.stdin):
            case = cases[name]
            path = answers / f"{case.name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(engine.answer(case)))
            print(case.name, flush=True)
    finally:
        engine.close()


if __name__ == "__main__":
    main()
