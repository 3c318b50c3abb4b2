"""`sluice check --connect` against a real S3: what it tries, what it says, and that nothing of it stays."""

import json

from support.case import Case, Failure, expect_equal
from support.fault_proxy import Fault, FaultProxy
from support.program import sluice
from support.s3 import SECRET_KEY, Store, shared_s3

JOB = """\
name: connections
sources:
  lines: {json_lines: {path: "lake://in", schema: {a: INTEGER}}}
tables:
  names: {json_lines: {path: "lake://in", schema: {a: INTEGER}}}
views:
  named: SELECT lines.a FROM lines JOIN names USING (a)
sinks:
  table: {from: named, delta: {path: "lake://table"}}
  files: {from: named, parquet: {path: "lake://files"}}
checkpoint: checkpoint
backup: {to: "lake://backups"}
"""


def cases():
    yield Case("check_connect", check_connect)


def check_connect(folder):
    store = Store(shared_s3().endpoint)
    put(store)
    said = check(folder, "good", store, 0)
    for words in ("source lines json_lines ok", "list lake://in, read lake://in/1.jsonl", "table names json_lines ok",
                  "sink table delta ok", "write lake://table, read the table's log", "sink files parquet ok",
                  "checkpoint ok", "backup ok", "write lake://backups"):
        expect_said(words, said)

    check(folder, "wrong", Store(shared_s3().endpoint, secret_key="not-the-secret"), 2, "SignatureDoesNotMatch")

    # Who may read and not write.
    faults = [Fault("deny", f"^{method} ", status=403) for method in ("POST", "PUT")]
    read_only = FaultProxy(shared_s3().port, faults)
    try:
        limited = Store(read_only.endpoint)
        put(limited)
        said = check(folder, "limited", limited, 2)
    finally:
        read_only.stop()
    for words in ("source lines json_lines ok", "write lake://table: FAILED", "write lake://files: FAILED",
                  "write lake://backups: FAILED"):
        expect_said(words, said)

    check_again_beside_the_table(folder, store)


def check_again_beside_the_table(folder, store):
    """A table that is there is compared with the rows."""
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder / "good").must_exit(0)
    files = objects(store)
    check(folder, "again", store, 0, made=files)
    text = JOB.replace("SELECT lines.a FROM", "SELECT lines.a::VARCHAR AS a, 1 AS extra FROM").replace(
        'delta: {path: "lake://table"}', 'delta: {path: "lake://table", on_new_field: fail}')
    check(folder, "other", store, 2, "read the table's log: FAILED", "extra", text=text, made=files)


def put(store):
    (store.folder / "in").mkdir()
    (store.folder / "in" / "1.jsonl").write_text(json.dumps({"a": 1}) + "\n")


def objects(store):
    return sorted(str(path.relative_to(store.folder)) for path in store.folder.rglob("*")
                  if path.is_file() and ".sgwtmp" not in path.parts)


def check(folder, name, store, code, *words, text=JOB, made=None):
    job = folder / name
    job.mkdir()
    (job / "pipeline.yaml").write_text(text + store.mount("lake"))
    before = objects(store)
    done = sluice("check", "--connect", "pipeline.yaml", cwd=job).must_exit(code)
    said = " ".join((done.out + done.err).split())
    for some in words:
        expect_said(some, said)
    expect_equal(before if made is None else made, objects(store), "objects before and after")
    store.expect_no_parts()
    if (job / "checkpoint").exists() or SECRET_KEY in said:
        raise Failure(f"the checkpoint was made, or a secret shown\n{said}")
    return said


def expect_said(words, said):
    if words not in said:
        raise Failure(f"not said: {words}\n{said}")
