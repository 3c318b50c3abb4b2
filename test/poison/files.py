"""Files that cannot be read: each error names the file and says what to do, at once."""

import time

from support.broker import EmbeddedBroker
from support.case import Case, Failure
from support.program import sluice

PARQUET = """\
name: poison
sources:
  rows_in: {parquet: {path: in}}
views:
  twice: SELECT id * 2 AS id, name FROM rows_in
sinks:
  all: {from: twice, parquet: {path: out}}
checkpoint: checkpoint
"""
TEXTS = """\
name: poison
sources:
  rows_in: {csv: {path: in, header: true, schema: {id: INTEGER, name: VARCHAR}}}
sinks:
  all: {from: rows_in, parquet: {path: out}}
checkpoint: checkpoint
"""
VIEW = """\
name: poison
sources:
  rows_in: {json_lines: {path: in, schema: {id: INTEGER, name: VARCHAR}}}
views:
  numbers: SELECT id, CAST(name AS INTEGER) AS n FROM rows_in
sinks:
  all: {from: numbers, parquet: {path: out}}
checkpoint: checkpoint
"""


def cases():
    yield Case("files/parquet", broken_parquet)
    yield Case("files/delta", broken_delta)
    yield Case("files/texts", other_texts)
    yield Case("files/view", failing_view)
    yield Case("files/produced", produced)


def expect(done, code, *words):
    done.must_exit(code)
    for word in words:
        if word not in done.err:
            raise Failure(f"{done.command}: no {word!r} in\n{done.err}")
    for word in ("Stack Trace", "\0", "\x1b", "pg_"):
        if word in done.err:
            raise Failure(f"{done.command}: {word!r} in\n{done.err}")


def write_parquet(path):
    import pyarrow
    import pyarrow.parquet

    path.parent.mkdir(exist_ok=True)
    rows = pyarrow.table({"id": list(range(50_000)), "name": [f"name {i % 999}" for i in range(50_000)]})
    pyarrow.parquet.write_table(rows, path, compression="zstd")


def broken_parquet(folder):
    """Bytes in the middle of a file: no retries, exit 4, and the file's name."""
    write_parquet(folder / "in/good.parquet")
    write_parquet(folder / "in/rotten.parquet")
    bytes_there = bytearray((folder / "in/rotten.parquet").read_bytes())
    middle = len(bytes_there) // 3
    bytes_there[middle:middle + 400] = b"\xff" * 400
    (folder / "in/rotten.parquet").write_bytes(bytes_there)
    (folder / "pipeline.yaml").write_text(PARQUET)
    started = time.monotonic()
    expect(sluice("run", "pipeline.yaml", "--available-now", cwd=folder), 4,
           "E_BROKEN_FILE", "in/rotten.parquet", "source rows_in")
    if time.monotonic() - started > 20:
        raise Failure("a broken file was tried again")
    expect(sluice("sql", "SELECT sum(id), max(name) FROM 'in'", cwd=folder), 4,
           "E_BROKEN_FILE", "in/rotten.parquet")
    expect(sluice("sql", "SELECT sum(id), max(name) FROM 'in/rotten.parquet'", cwd=folder), 4,
           "E_BROKEN_FILE", "in/rotten.parquet")
    expect(sluice("sql", "FROM 'in/roten.parquet'", cwd=folder), 2,
           "there is no file or folder 'in/roten.parquet'; did you mean 'in/rotten.parquet'?")


def broken_delta(folder):
    """A file that is gone, a log that is broken, a feature that is not known."""
    from deltalake import write_deltalake
    import pyarrow

    for number in range(2):
        write_deltalake(folder / "lake", pyarrow.table({"id": [number]}), mode="append")
    expect(sluice("sql", "--format", "csv", "SELECT id FROM delta('./lake', version := 0)", cwd=folder), 0)
    log = sorted((folder / "lake/_delta_log").glob("*.json"))
    gone = next((folder / "lake").glob("*.parquet"))
    kept = gone.read_bytes()
    gone.unlink()
    expect(sluice("sql", "FROM 'lake'", cwd=folder), 4, "E_FILE_GONE", gone.name)
    expect(sluice("delta", "optimize", "lake", cwd=folder), 4, "E_FILE_GONE", gone.name)
    (folder / "pipeline.yaml").write_text(
        "name: poison\ntables:\n  lake: {delta: {path: lake}}\nviews:\n  v: SELECT count(*) AS n FROM lake\n"
        "sinks:\n  s: {from: v, mode: complete, parquet: {path: out}}\ncheckpoint: checkpoint\n")
    expect(sluice("run", "pipeline.yaml", "--available-now", cwd=folder), 4, "E_FILE_GONE", gone.name,
           "table 'lake'")
    gone.write_bytes(kept)
    entry = log[0].read_text()
    for broken, word in ((entry[:len(entry) // 2], "E_BROKEN_LOG"),
                         (entry.replace('"metaData"', '"metaDate"'), "no metaData action"),
                         (entry.replace('"minReaderVersion":1,"minWriterVersion":2',
                                        '"minReaderVersion":3,"minWriterVersion":7,'
                                        '"readerFeatures":["timeTravelPlus"],'
                                        '"writerFeatures":["timeTravelPlus"]'), "timeTravelPlus")):
        if broken == entry:
            raise Failure(f"the log entry is another than expected: {entry}")
        log[0].write_text(broken)
        expect(sluice("sql", "FROM 'lake'", cwd=folder), 2 if word == "timeTravelPlus" else 4, word)
    log[0].write_text(entry)


def other_texts(folder):
    """What is not CSV in UTF-8 is named as what it is."""
    (folder / "pipeline.yaml").write_text(TEXTS)
    (folder / "in").mkdir()
    for content, words in (("id,name\r1,a\r2,b\r".encode(), "lines that end with CR alone"),
                           ("id,name\n1,a\n".encode("utf-16"), "text in UTF-16"),
                           (b"PK\x03\x04\x14\0\0\0\x08\0rest", "a zip archive"),
                           (b"\x1b[31mid\n1\n", "the header has '\\x1B[31mid'")):
        (folder / "in/1.csv").write_bytes(content)
        expect(sluice("run", "pipeline.yaml", "--available-now", cwd=folder), 2, words, "in/1.csv")


def failing_view(folder):
    """An error while a view runs names the view and the row."""
    (folder / "pipeline.yaml").write_text(VIEW)
    (folder / "in").mkdir()
    lines = [f'{{"id":{i},"name":"{i}"}}' for i in range(1000)]
    lines[700] = '{"id":700,"name":"seven hundred"}'
    (folder / "in/1.jsonl").write_text("\n".join(lines) + "\n")
    expect(sluice("run", "pipeline.yaml", "--available-now", cwd=folder), 2, "view 'numbers'",
           "seven hundred", "source=rows_in", "'id': 700")


def produced(folder):
    """`produce` reads CSV as the source does, and sends nothing of a file with a broken row."""
    broker = EmbeddedBroker(folder)
    try:
        broker.create_topic("t")

        def produce(content, *more, feed=None):
            if content is not None:
                (folder / "rows.csv").write_bytes(content)
            return sluice("produce", *(["rows.csv"] if feed is None else ["--csv", "-"]), "--topic", "t",
                          *more, cwd=folder, env=broker.env, feed=feed)

        for content, words in ((b"a,b\r1,2\r", "CR alone"),
                               ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
                               (b"a,b\n1,caf\xe9\n", "bytes that are not UTF-8 (\\xE9)"),
                               (b'a,b\n1,"x"y\n', "text follows a closing one"),
                               (b"a,b\n1\n", "fewer fields"),
                               (b"a,a\n1,2\n", "names 'a' twice"),
                               (b"a,b\n1,2\n3,4,5\n", "line=3")):
            expect(produce(content), 2, words, "nothing was sent" if b"\n1,2\n3" in content else words)
        # A pipe cannot be read twice.
        expect(produce(None, feed=b"a,b\n1,2\n3\n"), 2, "go on with --skip 1")
        produce(None, "--skip", "1", feed=b"a,b\n1,2\n3,4\n").must_exit(0)
        produce(b'a,b\n5,"x\r\ny\r"\n').must_exit(0)
        got = sluice("consume", "t", cwd=folder, env=broker.env)
        got.must_exit(0)
        want = ['{"a":1,"b":2}', '{"a":3,"b":4}', '{"a":5,"b":"x\\u000d\\u000ay\\u000d"}']
        if got.out.splitlines() != want:
            raise Failure(f"sent: {got.out}")
    finally:
        broker.stop()
