"""A case as sluice's job: the pipeline file, its input, its runs, and the rows of each trigger."""

import csv
import json
import re

import yaml

from referee.values import from_arrow, from_text
from support.program import sluice

# By mode: what shows the table of every single batch after the run.
SINKS = {
    "append": {"parquet": {"path": "out"}},
    "complete": {"delta": {"path": "out"}},
    "update": {"console": {"truncate": False, "rows": 10000}},
}


class Job:
    """A case in a folder. `batches` replaces the case's own cut of its rows."""

    def __init__(self, case, folder, batches=None):
        self.case, self.folder = case, folder
        self.output = ""  # of all runs so far
        self.progress = []
        folder.mkdir(parents=True)
        (folder / "pipeline.yaml").write_text(
            yaml.safe_dump(self.pipeline(), sort_keys=False, allow_unicode=True, width=1000))
        for name in case.sources:
            (folder / "in" / name).mkdir(parents=True)
            for number, batch in enumerate(batches or case.batches):
                path = folder / "in" / name / f"{number:03}.jsonl"
                path.write_text("".join(json.dumps(row) + "\n" for row in batch[name]))
        for name, table in case.spec.get("tables", {}).items():
            with open(folder / f"{name}.csv", "w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(table["schema"])
                writer.writerows(row.values() for row in case.rows_of_table(name))

    def pipeline(self):
        spec = self.case.spec
        pipeline = {"name": "referee"}
        for key in ("timezone", "watermark_policy"):
            if key in spec:
                pipeline[key] = spec[key]
        pipeline["sources"] = {}
        for name, options in self.case.sources.items():
            source = {"json_lines": {"path": f"in/{name}", "max_files_per_trigger": 1,
                                     "schema": {c: str(kind) for c, kind in options["schema"].items()}}}
            if "watermark" in options:
                source["watermark"] = options["watermark"]
            pipeline["sources"][name] = source
        if "tables" in spec:
            pipeline["tables"] = {name: {"csv": {"path": f"{name}.csv", "schema": table["schema"]}}
                                  for name, table in spec["tables"].items()}
        pipeline["views"] = escaped(spec["views"])
        pipeline["sinks"] = {"out": {"from": self.case.result, "mode": self.case.mode,
                                     **SINKS[self.case.mode]}}
        pipeline["checkpoint"] = "checkpoint"
        return pipeline

    def check(self):
        return sluice("check", "pipeline.yaml", cwd=self.folder)

    def run(self, crash=None):
        env = {"SLUICE_CRASH": crash} if crash else {}
        finished = sluice("run", "pipeline.yaml", "--available-now", "--progress", "json",
                          cwd=self.folder, env=env)
        self.output += finished.out
        self.progress += finished.progress
        return finished

    def tables(self, columns):
        """{batch: rows}; the columns are Spark's, or None where none are recorded."""
        read = {"append": self._parquet, "complete": self._delta, "update": self._console}
        return read[self.case.mode](columns)

    def _parquet(self, columns):
        found = {}
        for path in sorted((self.folder / "out").glob("part-*.parquet")):
            batch = int(path.name.split("-")[1])
            found.setdefault(batch, []).extend(rows_of(path, columns))
        return found

    def _delta(self, columns):
        """Each version of the table; the files of older ones are still there."""
        found = {}
        for path in sorted((self.folder / "out" / "_delta_log").glob("*.json")):
            actions = [json.loads(line) for line in path.read_text().splitlines()]
            batches = [one["txn"]["version"] for one in actions
                       if "txn" in one and not one["txn"]["appId"].endswith("/epoch")]
            if batches:
                files = [one["add"]["path"] for one in actions if "add" in one]
                found[batches[0]] = [row for file in files
                                     for row in rows_of(self.folder / "out" / file, columns)]
        return found

    def _console(self, columns):
        """Of a batch that was printed again after a crash the last print counts."""
        found = {}
        for block in re.split(r"^-+\nBatch: ", self.output, flags=re.M)[1:]:
            number, table = block.split("\n", 1)
            found[int(number)] = grid(table, columns)
        return found


def escaped(value):
    """`$` begins a variable in a pipeline file, `$$` is a dollar."""
    if isinstance(value, dict):
        return {key: escaped(part) for key, part in value.items()}
    return value.replace("$", "$$") if isinstance(value, str) else value


def rows_of(path, columns):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    expect_columns(columns, table.column_names)
    parts = [column.to_pylist() for column in table.columns]
    return [[from_arrow(cell) for cell in row] for row in zip(*parts)]


def grid(text, columns):
    """A table as the console prints it; its borders say where the cells are."""
    lines = text.splitlines()
    borders = [line for line in lines if line.startswith("+")]
    edges = [place for place, letter in enumerate(borders[0]) if letter == "+"]

    def cells(line):
        return [line[left + 1:right].rstrip() for left, right in zip(edges, edges[1:])]

    lines = [line for line in lines if line.startswith("|")]
    names = cells(lines[0])
    expect_columns(columns, names)
    kinds = list(columns.values()) if columns else ["string"] * len(names)
    return [[from_text(cell, kind) for cell, kind in zip(cells(line), kinds)] for line in lines[1:]]


def expect_columns(columns, names):
    from support.case import Failure

    if columns is not None and [n.lower() for n in columns] != [n.lower() for n in names]:
        raise Failure(f"columns\n  Spark:  {', '.join(columns)}\n  sluice: {', '.join(names)}")
