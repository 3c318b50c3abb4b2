"""What sluice refuses: each construct in *.txt is checked, and must be refused with the message that
is written below it, to the letter.

A construct is an SQL view, or a `views:` section of its own whose last view goes to the sink:

    === two windows in one SELECT, append
    SELECT window(ts, '1 hour') AS a, window(ts, '2 hours') AS b, count(*) AS n FROM events GROUP BY ALL
    --- 3:41: view 'result': several different windows ...

The title ends with the sink's mode where that is not complete. Places are of the pipeline file, in which
the view's SQL begins at 3:5. After a change of messages `test/refused/record.py` writes the files again,
for review in the diff.
"""

import re
import textwrap
from pathlib import Path

from support.case import Case, Failure, expect_equal
from support.program import sluice

HERE = Path(__file__).resolve().parent
MODES = ("append", "update", "complete")

# events, clicks and calls carry a watermark, raw does not; the times of calls have a zone.
REST = """\
sources:
  events:
    json_lines: {path: events, schema: {id: INTEGER, k: VARCHAR, v: INTEGER, ts: TIMESTAMP}}
    watermark: {column: ts, delay: 10s}
  clicks:
    json_lines: {path: clicks, schema: {id: INTEGER, k: VARCHAR, ct: TIMESTAMP}}
    watermark: {column: ct, delay: 10s}
  calls: {json_lines: {path: calls, schema: {id: INTEGER, seen: TIMESTAMPTZ}}, watermark: {column: seen, delay: 10s}}
  raw: {json_lines: {path: raw, schema: {id: INTEGER, k: VARCHAR, v: INTEGER, ts: TIMESTAMP}}}
tables:
  sellers: {csv: {path: sellers.csv, schema: {k: VARCHAR, name: VARCHAR}}}
sinks:
  out: {from: LAST, mode: MODE, console: {}}
checkpoint: checkpoint
name: refused
"""


def constructs(path):
    """[(title, what is refused, its message)] of a file."""
    found = []
    for block in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
        title, body = block.split("\n", 1)
        text, _, message = body.partition("\n--- ")
        found.append((title.strip(), text.strip("\n"), message.strip()))
    return found


def name_of(path, title):
    return f"{path.stem}/{re.sub(r'[^a-z0-9]+', '_', title.lower()).strip('_')}"


def pipeline(title, text):
    mode = title.rsplit(", ", 1)[-1]
    if text.startswith("views:"):
        views, last = text, re.findall(r"^  (\w+):", text, flags=re.M)[-1]
    else:
        views, last = "views:\n  result: |\n" + textwrap.indent(text, "    "), "result"
    rest = REST.replace("LAST", last).replace("MODE", mode if mode in MODES else "complete")
    return views + "\n" + rest


def message_of(title, text, folder):
    """What `sluice check` says, without the file's name and the lines that show the place."""
    (folder / "p.yaml").write_text(pipeline(title, text), encoding="utf-8")
    (folder / "sellers.csv").write_text("k,name\n")
    finished = sluice("check", "p.yaml", cwd=folder)
    if finished.exit == 0:
        raise Failure(f"{title}: sluice check takes it")
    finished.must_exit(2)
    lines = finished.err.rstrip().split("\n")
    said = [line for line in lines if not re.match(r" *\d* \| ", line)]
    return "\n".join(said).removeprefix("error: ").removeprefix("p.yaml:")


def cases():
    for path in sorted(HERE.glob("*.txt")):
        for title, text, message in constructs(path):
            yield Case(name_of(path, title), lambda folder, title=title, text=text, message=message:
                       check(title, text, message, folder))


def check(title, text, message, folder):
    if not message:
        raise Failure(f"{title}: has no message yet; run test/refused/record.py")
    expect_equal(message, message_of(title, text, folder), "message")
