"""Empty objects by which Hadoop, consoles and other libraries mark a folder are no files."""

from support import tables
from support.case import Case, expect_equal
from support.program import sluice
from support.s3 import ACCESS_KEY, REGION, SECRET_KEY, shared_s3

PIPELINE = """\
name: marks
sources:
  rows: {csv: {path: "s3://folder-marks/in", schema: {id: INTEGER}}}
tables:
  names: {json_lines: {path: "s3://folder-marks/names", schema: {id: INTEGER, name: VARCHAR}}}
views:
  named: SELECT rows.id, name FROM rows JOIN names ON rows.id = names.id
sinks:
  rows: {from: named, parquet: {path: "s3://folder-marks/out"}}
trigger: available_now
checkpoint: checkpoint
"""


def cases():
    yield Case("folder_marks", folder_marks)


def folder_marks(folder):
    from pyarrow import fs

    store = shared_s3()
    bucket = store.make_bucket("folder-marks")
    there = fs.S3FileSystem(access_key=ACCESS_KEY, secret_key=SECRET_KEY, endpoint_override=store.endpoint, region=REGION)
    for name, text in (("in/1.csv", "id\n1\n2\n"), ("names/1.jsonl", '{"id": 2, "name": "two"}\n'), ("out/x", None)):
        there.create_dir("folder-marks/" + name.rpartition("/")[0], recursive=True)
        if text:
            with there.open_output_stream("folder-marks/" + name) as out:
                out.write(text.encode())
    (folder / "pipeline.yaml").write_text(PIPELINE)
    sluice("run", "pipeline.yaml", cwd=folder, env=store.env).must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "t", "parquet", bucket / "out")
    expect_equal([(2, "two")], duck.execute("SELECT id, name FROM t").fetchall(), "rows")
