"""`sluice test --chaos`."""

import os
import re
import shlex
import xml.etree.ElementTree

from loop.place import files_of
from loop.unit_tests import place, run
from support.case import Case, Failure, expect_equal
from support.program import ROOT, must_not_say, must_say, sluice

GENERATED = "generator: {columns: {id: {sequence: {start: 1}}, k: {choice: {values: [a, b]}}}}"

# What somebody may write, and what depends on where a batch ends.
DEPENDENT = {
    "having": (f"""\
name: having
sources: {{made: {{{GENERATED}}}}}
views: {{few: "SELECT k, count(*) AS n FROM made GROUP BY k HAVING count(*) < 2"}}
sinks: {{few: {{from: few, mode: update, console: {{}}}}}}
checkpoint: out/checkpoint
""", """\
tests:
  few:
    batches:
      - rows: {made: [{id: 1, k: a}, {id: 2, k: b}, {id: 3, k: b}]}
        expect: {few: [{k: a, n: 1}]}
""", "sink few, at the end", ["+ {k: b, n: 1}"]),
    "order": (f"""\
name: order
sources: {{made: {{{GENERATED}}}}}
sinks: {{newest: {{from: made, mode: upsert, key: k, order_by: id, delta: {{path: out/newest}}}}}}
checkpoint: out/checkpoint
""", """\
tests:
  newest:
    batches:
      - rows: {made: [{id: 2, k: a}, {id: 1, k: a}]}
        expect: {newest: [{id: 2, k: a}]}
""", "sink newest, at the end", ["- {id: 2, k: a}", "+ {id: 1, k: a}"]),
    "sources": (f"""\
name: sources
sources: {{one: {{{GENERATED}}}, two: {{{GENERATED}}}}}
views:
  united: SELECT id, k FROM one UNION ALL SELECT id, k FROM two
  first: SELECT DISTINCT ON (k) k, id FROM united
sinks: {{first: {{from: first, console: {{}}}}}}
checkpoint: out/checkpoint
""", """\
tests:
  first:
    batches:
      - rows:
          one: [{id: 1, k: a}, {id: 2, k: b}]
          two: [{id: 3, k: b}, {id: 4, k: a}]
        expect: {first: [{id: 1, k: a}, {id: 2, k: b}]}
""", "sink first, at the end", ["- {k: b, id: 2}", "+ {k: b, id: 3}"]),
}

# Rows of one batch that are an hour apart: with batches of its own each would make the others late.
WINDOWS = """\
name: windows
sources:
  orders:
    kafka: {brokers: "nowhere.invalid:9092", topic: orders}
    format: {json: {schema: {id: BIGINT, k: VARCHAR, v: DOUBLE, ts: TIMESTAMP}}}
    watermark: {column: ts, delay: 1m, idle_after: 10s, when_idle: advance}
  paid:
    kafka: {brokers: "nowhere.invalid:9092", topic: paid}
    format: {json: {schema: {id: BIGINT, ts: TIMESTAMP}}}
    watermark: {column: ts, delay: 1m, idle_after: 10s, when_idle: advance}
views:
  minutes: SELECT window.start AS minute, k, count(*) AS n, avg(v) AS v FROM orders GROUP BY window(ts, '1 minute'), k
  sessions: SELECT session_window.start AS begin, count(*) AS n FROM orders GROUP BY session_window(ts, '1 minute')
  once: {sql: "SELECT id, k, ts FROM orders", deduplicate: {by: [id], within: 10m}}
  pairs: SELECT orders.id, k FROM orders LEFT JOIN paid ON orders.id = paid.id AND paid.ts BETWEEN orders.ts AND orders.ts + INTERVAL 5 MINUTE
sinks:
  minutes: {from: minutes, mode: append, console: {}}
  minutes_now: {from: minutes, mode: update, console: {}}
  sessions: {from: sessions, mode: append, console: {}}
  once: {from: once, console: {}}
  pairs: {from: pairs, console: {}}
checkpoint: out/checkpoint
"""

WINDOW_TESTS = """\
tests:
  far_apart:
    batches:
      - rows:
          orders:
            - {id: 1, k: a, v: 0.1, ts: "2024-05-01 12:00:00"}
            - {id: 2, k: a, v: 0.2, ts: "2024-05-01 13:00:00"}
            - {id: 3, k: a, v: 0.3, ts: "2024-05-01 12:00:30"}
            - {id: 1, k: b, v: 0.7, ts: "2024-05-01 12:00:59"}
            - {id: 4, k: b, v: 0.7, ts: "2024-05-01 12:01:10"}
          paid:
            - {id: 1, ts: "2024-05-01 12:01:00"}
            - {id: 2, ts: "2024-05-01 13:01:00"}
            - {id: 9, ts: "2024-05-01 14:00:00"}
      - expect:
          minutes:
            - {minute: "2024-05-01 12:00:00", k: a, n: 2}
            - {minute: "2024-05-01 12:00:00", k: b, n: 1}
            - {minute: "2024-05-01 12:01:00", k: b, n: 1}
      - rows:
          orders:
            - {id: 5, k: a, v: 1, ts: "2024-05-01 12:00:31"}
            - {id: 6, k: a, v: 1, ts: "2024-05-01 13:00:31"}
            - {id: 7, k: a, v: 1, ts: "2024-05-01 15:00:31"}
            - {id: 8, k: a, v: 1, ts: "2024-05-01 13:00:40"}
          paid:
            - {id: 6, ts: "2024-05-01 13:01:00"}
        late: {minutes: 1}
      - expect: {minutes: [{minute: "2024-05-01 13:00:00", k: a, n: 3}]}
      - at: "2024-05-01 13:00:00"
        rows: {orders: [{id: 10, k: a, v: 1, ts: "2024-05-01 15:00:31"}]}
      - expect: {}
"""


def cases():
    yield Case("chaos_passes", passes)
    yield Case("chaos_of_templates", templates)
    yield Case("chaos_of_event_time", event_time)
    for name in DEPENDENT:
        yield Case(f"chaos_finds_{name}", lambda folder, name=name: finds(folder, name))
    yield Case("chaos_junit", junit)
    yield Case("chaos_after_a_failure", after_a_failure)
    yield Case("chaos_options", options)
    yield Case("chaos_again_with_variables", again_with_variables)


def passes(folder):
    place(folder)
    before = files_of(folder)
    scratch = folder.parent / (folder.name + "-scratch")
    scratch.mkdir()
    said = run(folder, "orders.test.yaml", "--chaos", "--seed", "1", env={"TMPDIR": scratch})
    must_say(said, "ok  orders.test.yaml: totals_and_windows", "2 passed, 0 failed; 40 rounds of chaos, seed 1")
    must_not_say(said, "not compared", "only:")
    expect_equal((before, []), (files_of(folder), list(scratch.iterdir())), "nothing is written")


def templates(folder):
    rounds = 20 if os.environ.get("SOAK") else 4
    said = sluice("test", ROOT / "templates", f"--chaos={rounds}", "--seed", "1", cwd=folder).must_exit(0)
    must_say(said, " passed, 0 failed; ", "rounds of chaos, seed 1")


def event_time(folder):
    place(folder, WINDOW_TESTS, WINDOWS)
    must_say(run(folder, "orders.test.yaml", "--chaos=20", "--seed", "1"), "1 passed, 0 failed; 20 rounds of chaos")


def finds(folder, name):
    pipeline, tests, what, rows = DEPENDENT[name]
    place(folder, tests, pipeline)
    run(folder)
    said = must_say(run(folder, "orders.test.yaml", "--chaos", "--seed", "1", code=1), "FAILED", "chaos, round", "cuts: batch 1 as ",
                    "killed: never", "depends on how the input is cut into batches", what, "- without chaos, + with it", *rows)
    round_of = re.search(r"chaos, round (\d+) of 20, seed (\d+)", said.out)
    if int(round_of[2]) != int(round_of[1]):
        raise Failure(said.out)
    again = re.search(r"again: sluice (.*)", said.out)[1]
    repeated = sluice(*shlex.split(again), cwd=folder).must_exit(1)
    must_say(repeated, "chaos, round 1 of 1, seed " + round_of[2])
    expect_equal(essence(said.out), essence(repeated.out), "the same round again")


def essence(out):
    """Cuts, kills and rows."""
    return [line for line in out.splitlines() if re.match(r" *(cuts:|killed:|[-+] )", line)]


def junit(folder):
    pipeline, tests, what, rows = DEPENDENT["having"]
    place(folder, tests, pipeline)
    run(folder, "orders.test.yaml", "--chaos", "--seed", "1", "--junit", "tests.xml", code=1)
    (suite,) = xml.etree.ElementTree.parse(folder / "tests.xml").getroot()
    (failure,) = suite[0]
    expect_equal(("failure", f"under chaos: {what}"), (failure.tag, failure.attrib["message"]), "what failed")
    for part in ("chaos, round ", "cuts: batch 1", "again: sluice test", *rows):
        if part not in failure.text:
            raise Failure(f"'{part}' is not in\n{failure.text}")


def after_a_failure(folder):
    """A test that fails by itself is not tried again."""
    place(folder)
    path = folder / "orders.test.yaml"
    path.write_text(path.read_text().replace("total: 11.5,", "total: 12,"))
    said = must_say(run(folder, "orders.test.yaml", "--chaos=3", code=1), "batch 1, sink totals", "1 passed, 1 failed; 3 rounds of chaos")
    must_not_say(said, "chaos, round")


def options(folder):
    place(folder)
    # The word after it is a file and no number.
    must_say(run(folder, "--chaos", "orders.test.yaml", "--name", "meta"), "1 passed, 0 failed; 20 rounds of chaos, seed ")
    must_say(run(folder, "--chaos=2", "--name", "meta", "--seed", "7"), "2 rounds of chaos, seed 7")
    must_say(run(folder, "orders.test.yaml", "--chaos=0", code=2), "--chaos=0: between 1 and")
    must_say(run(folder, "orders.test.yaml", "--chaos=2x", code=2), "'2x' is neither a number of rounds, as in --chaos=200, nor a file")
    must_say(run(folder, "orders.test.yaml", "--chaos", "--seed", "-1", code=2), "--seed")
    must_say(run(folder, "orders.test.yaml", "--seed", "1", code=2), "--seed requires --chaos")
    must_say(run(folder, "orders.test.yaml", "--chaos", "--update", code=2), "--update excludes --chaos")
    must_not_say(run(folder), "chaos")


def again_with_variables(folder):
    """The command that does a round again has the variables; one whose name speaks of a secret is not shown."""
    pipeline, tests, _, rows = DEPENDENT["having"]
    place(folder, tests, pipeline.replace("< 2", "< ${MOST}").replace("name: having", "name: having_${API_TOKEN}"))
    given = ["--var", "MOST=1 + 1", "--var", "API_TOKEN=s3cret"]
    said = must_say(run(folder, "orders.test.yaml", "--chaos", "--seed", "1", *given, code=1), *rows, "--var 'MOST=1 + 1'")
    must_not_say(said, "s3cret")
    again = re.search(r"again: sluice (.*)", said.out)[1].replace("***", "s3cret")
    repeated = sluice(*shlex.split(again), cwd=folder).must_exit(1)
    expect_equal(essence(said.out), essence(repeated.out), "the same round again")
