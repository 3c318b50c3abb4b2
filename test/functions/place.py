"""What the cases share: a pipeline over JSON lines, its input and its runs."""

import json
import sys

from support.program import sluice
from support.tables import connection, define_table

# That of the tests, which has pyarrow.
PYTHON = {"SLUICE_PYTHON": sys.executable}

PIPELINE = """\
name: sales
sources:
  sales:
    json_lines:
      path: in/*.jsonl
      max_files_per_trigger: 1
      schema: {{id: BIGINT, shop: VARCHAR, price: "DECIMAL(12,2)", rate: DOUBLE, tags: "VARCHAR[]", ts: TIMESTAMP}}
    watermark: {{column: ts, delay: 1m}}
functions:
{functions}
views:
{views}
sinks:
{sinks}
trigger: available_now
checkpoint: checkpoint
"""

ROWS = [{"id": n, "shop": ["north", "south", "東"][n % 3], "price": f"{n * 7 % 100}.{n % 10}5", "rate": n % 4 / 8 if n % 5 else None,
         "tags": ["a", "b"][: n % 3], "ts": f"2024-05-01 12:{n // 60 % 60:02}:{n % 60:02}"} for n in range(300)]


def indented(text, by="  "):
    return "".join(f"{by}{line}\n" for line in text.strip("\n").splitlines()).rstrip("\n")


def write_pipeline(folder, functions, views, sinks=None):
    """`views`: a map of name to SQL, each with a sink of Parquet files in out/NAME; else `sinks`."""
    made = "\n".join(f"  {name}: {{from: {name}, mode: {mode}, {connector}}}" for name, (_, mode, connector) in views.items())
    texts = "\n".join(f"  {name}: >-\n    {sql}" for name, (sql, _, _) in views.items())
    (folder / "pipeline.yaml").write_text(PIPELINE.format(functions=indented(functions), views=texts, sinks=sinks or made), encoding="utf-8")


def appended(sql, name):
    return sql, "append", f"parquet: {{path: out/{name}}}"


def complete(sql, name):
    return sql, "complete", f"delta: {{path: out/{name}}}"


def feed(folder, rows=ROWS, files=3):
    (folder / "in").mkdir(exist_ok=True)
    size = -(-len(rows) // files)
    for number in range(files):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows[number * size:(number + 1) * size]]
        (folder / "in" / f"{number}.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def run(folder, *arguments, code=0, env=None):
    return sluice("run", "pipeline.yaml", *arguments, cwd=folder, env={**PYTHON, **(env or {})}).must_exit(code)


def rows_of(folder, name, kind="parquet", order="ALL"):
    """The rows of out/NAME; an empty list when nothing is there."""
    duck = connection()
    if not define_table(duck, "written", kind, folder / "out" / name):
        return []
    return duck.execute(f"SELECT * FROM written ORDER BY {order}").fetchall()


def rows_by_duckdb(sql, rows=ROWS):
    """What plain DuckDB makes of the whole input."""
    duck = connection()
    types = {"id": "BIGINT", "shop": "VARCHAR", "price": "DECIMAL(12,2)", "rate": "DOUBLE", "tags": "VARCHAR[]", "ts": "TIMESTAMP"}
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    duck.execute(f"CREATE TABLE sales ({columns})")
    duck.executemany(f"INSERT INTO sales VALUES ({', '.join('?' * len(types))})", [[row[name] for name in types] for row in rows])
    return duck.execute(sql + " ORDER BY ALL").fetchall()
