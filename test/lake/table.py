"""The Delta table that the cases of this suite share: written by a pipeline, read by deltalake."""

import json

from support.case import expect_equal
from support.program import sluice

PIPELINE = """\
name: keep
sources:
  numbers:
    json_lines: {{path: in, max_files_per_trigger: 1, schema: {{id: BIGINT, k: VARCHAR, v: DOUBLE}}}}
sinks:
  out: {{from: numbers, {mode}delta: {{path: out, {options}}}}}
trigger: {trigger}
checkpoint: checkpoint
"""


def write_table(folder, batches, options="compact: false", mode="", rows=20, target="out", env=None):
    """As many batches more, each a file of input and a commit."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    done = len(list((folder / "in").iterdir()))
    for batch in range(done, done + batches):
        write_input(folder, batch, rows)
    text = PIPELINE.format(options=options, mode=mode, trigger="available_now")
    (folder / "pipeline.yaml").write_text(text.replace("path: out", f'path: "{target}"'))
    sluice("run", "pipeline.yaml", cwd=folder, env=env).must_exit(0)


def write_input(folder, batch, rows=20):
    lines = [json.dumps({"id": batch * rows + n, "k": f"k {n % 3}", "v": (n * 7919) % 101})
             for n in range(rows)]
    part = folder / "in" / f".{batch:05}"
    part.write_text("\n".join(lines) + "\n")
    part.rename(folder / "in" / f"{batch:05}.jsonl")


def command(folder, *arguments, code=0):
    return sluice("delta", *arguments, cwd=folder).must_exit(code)


def opened(folder, version=None):
    import deltalake

    return deltalake.DeltaTable(str(folder / "out"), version=version)


def expect_rows(folder, batches, version=None, rows=20):
    """Every row of the first `batches` files of input, once."""
    table = opened(folder, version).to_pyarrow_table(columns=["id"])
    expect_equal(list(range(batches * rows)), sorted(table["id"].to_pylist()), "ids")


def actions(folder, version, kind):
    entry = folder / "out" / "_delta_log" / f"{version:020}.json"
    found = [json.loads(line) for line in entry.read_text().splitlines()]
    return [action[kind] for action in found if kind in action]


def files_on_disk(folder):
    return {path for path in (folder / "out").rglob("*.parquet") if "_delta_log" not in path.parts}


def operations(folder):
    return [entry["operation"] for entry in opened(folder).history()]
