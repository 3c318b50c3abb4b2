"""`sluice test`."""

import re
import xml.etree.ElementTree

from loop.place import files_of
from support.case import Case, Failure, expect_equal
from support.program import must_not_say, must_say, sluice

PIPELINE = """\
name: orders
sources:
  orders:
    kafka: {brokers: "nowhere.invalid:9092", topic: orders}
    format: {json: {schema: {id: BIGINT, shop: VARCHAR, amount: "DECIMAL(10,2)", ts: TIMESTAMP}}}
    metadata: [partition, key]
    watermark: {column: ts, delay: 1m}
tables:
  shops: {csv: {path: nowhere.csv, schema: {shop: VARCHAR, town: VARCHAR}}}
views:
  named: SELECT orders.*, town FROM orders JOIN shops USING (shop)
  totals: SELECT town, sum(amount) AS total, count(*) AS orders FROM named GROUP BY town
  minutes: SELECT window.start AS minute, count(*) AS n FROM orders GROUP BY window(ts, '1 minute')
sinks:
  named: {from: named, kafka: {brokers: "nowhere.invalid:9092", topic: named}}
  totals: {from: totals, mode: update, delta: {path: "s3://nowhere/totals"}}
  minutes: {from: minutes, mode: append, parquet: {path: out/minutes}}
checkpoint: out/checkpoint
"""

TESTS = """\
# A comment that stays.
tests:
  totals_and_windows:
    tables:
      shops:
        - {shop: north, town: Oslo}
    batches:
      - rows:
          orders:
            - {id: 1, shop: north, amount: 10.50, ts: "2024-05-01 12:00:00"}
            - {id: 2, shop: north, amount: 1, ts: "2024-05-01 12:10:00"}
            - {id: 3, shop: south, amount: 1, ts: "2024-05-01 12:10:01"}
            - raw: '{"id": "one"}'
        expect:
          totals:
            - {town: Oslo, total: 11.5, orders: 2}
        dead_letters:
          orders:
            - {value: '{"id": "one"}', column_name: id}
      # What the watermark has passed becomes final, and from then on a row before it is late.
      - rows:
          orders:
            - {id: 4, shop: north, amount: 5, ts: "2024-05-01 12:00:01"}
        expect:
          totals:
            - {total: 16.50}
          minutes:
            - {minute: "2024-05-01 12:00:00", n: 2}
      - rows:
          orders:
            - {id: 5, shop: south, amount: 5, ts: "2024-05-01 12:00:02"}
        late: {minutes: 1}
      - expect: {}
  metadata:
    tables: {shops: [{shop: north, town: Oslo}]}
    batches:
      - rows:
          orders:
            - {row: {id: 1, shop: north}, partition: 3, key: a}
        expect:
          named:
            - {id: 1, partition: 3, key: a, amount: null}
"""

SMALL = """\
name: small
sources: {a: {generator: {rows: 3, columns: {n: {sequence: {}}}}}}
sinks: {b: {from: a, csv: {path: out}}}
trigger: available_now
checkpoint: checkpoint
tests:
  one: {batches: [{rows: {a: [{n: 1}]}, expect: {b: [{n: 1}]}}]}
"""


def cases():
    yield Case("test_passes", passes)
    yield Case("test_fails", fails)
    yield Case("test_update", update)
    yield Case("test_update_of_nothing", update_of_nothing)
    yield Case("test_junit", junit)
    yield Case("test_files", finds_files)
    yield Case("test_in_the_file", in_the_file)
    yield Case("test_formats", formats)
    yield Case("test_columns_of_tables", columns_of_tables)
    yield Case("test_modes", modes)
    yield Case("test_idle_sources", idle)
    yield Case("test_errors", errors)
    yield Case("test_broken_run", broken_run)


def place(folder, tests=TESTS, pipeline=PIPELINE):
    (folder / "orders.yaml").write_text(pipeline, encoding="utf-8")
    (folder / "orders.test.yaml").write_text(tests, encoding="utf-8")
    return folder


def run(folder, *arguments, code=0, env=None):
    return sluice("test", *(arguments or ("orders.test.yaml",)), cwd=folder, env=env).must_exit(code)


def passes(folder):
    place(folder)
    before = files_of(folder)
    scratch = folder.parent / (folder.name + "-scratch")
    scratch.mkdir()
    said = run(folder, env={"TMPDIR": scratch})
    must_say(said, "ok  orders.test.yaml: totals_and_windows", "ok  orders.test.yaml: metadata", "2 passed, 0 failed")
    expect_equal((before, []), (files_of(folder), list(scratch.iterdir())), "nothing is written")
    # The breach that would make all of this say nothing.
    place(folder, TESTS.replace("total: 16.50", "total: 16.51"))
    run(folder, code=1)


def fails(folder):
    for was, now, said in (
            ("total: 11.5,", "total: 12,", ["batch 1, sink totals (orders.test.yaml:16:13)", "- {town: Oslo, total: 12, orders: 2}",
                                            "+ {town: Oslo, total: 11.50, orders: 2}"]),
            ("            - {total: 16.50}", "            - {total: 16.50}\n            - {total: 16.50}",
             ["batch 2, sink totals", "- {total: 16.50}", "1 row is as expected"]),
            ("late: {minutes: 1}", "late: {minutes: 2}", ["batch 3, late rows of view minutes", "- 2", "+ 1"]),
            ("column_name: id}", "column_name: shop}", ["batch 1, dead letters of orders"]),
            ("        dead_letters:\n          orders:\n            - {value: '{\"id\": \"one\"}', column_name: id}\n", "",
             ["batch 1, dead letters of orders", "+ {batch: 0, source: orders"]),
            ("amount: null", "amount: 0", ["batch 1, sink named", "+ {id: 1, amount: null, partition: 3, key: a}"])):
        if was not in TESTS:
            raise Failure(was)
        place(folder, TESTS.replace(was, now))
        finished = must_say(run(folder, code=1), "FAILED", *said)
        must_say(finished, "1 passed, 1 failed")
        must_not_say(finished, "\x1b")


def update(folder):
    place(folder, TESTS.replace("total: 11.5,", "total: 12,").replace("n: 2}", "n: 7}")
          .replace("column_name: id}", "column_name: shop}"))
    must_say(run(folder, "orders.test.yaml", "--update"), "updated  orders.test.yaml: totals_and_windows",
             "ok  orders.test.yaml: metadata", "1 of them updated")
    made = (folder / "orders.test.yaml").read_text(encoding="utf-8")
    expected = TESTS.replace("total: 11.5,", "total: 11.50,").replace("- {value: '{\"id\": \"one\"}', column_name: id}",
                                                                    '- {value: "{\\"id\\": \\"one\\"}", column_name: id}')
    # Sinks are in the order of their names.
    expected = expected.replace("""\
          totals:
            - {total: 16.50}
          minutes:
            - {minute: "2024-05-01 12:00:00", n: 2}
""", """\
          minutes:
            - {minute: "2024-05-01 12:00:00", n: 2}
          totals:
            - {total: 16.50}
""")
    expect_equal(expected, made, "only what differs is written again")
    run(folder)
    must_not_say(run(folder, "orders.test.yaml", "--update"), "updated")
    expect_equal(made, (folder / "orders.test.yaml").read_text(encoding="utf-8"), "a second time changes nothing")


def update_of_nothing(folder):
    """A test of rows alone gets what they give."""
    place(folder, """\
tests:
  fresh:
    tables: {shops: [{shop: north, town: Oslo}]}
    batches:
      - rows:
          orders:
            - {id: 1, shop: north, amount: 2, ts: "2024-05-01 12:00:00"}
""")
    run(folder)
    place(folder, (folder / "orders.test.yaml").read_text() + "        expect: {totals: [{total: 1}]}\n"
          "      - at: 2024-05-02 00:00:00\n        # here\n")
    run(folder, code=1)
    run(folder, "orders.test.yaml", "--update")
    must_say(run(folder), "1 passed")
    made = (folder / "orders.test.yaml").read_text()
    if "- {total: 2.00}" not in made or "# here" not in made:
        raise Failure(made)


def junit(folder):
    place(folder, TESTS.replace("total: 11.5,", "total: 12,"))
    run(folder, "orders.test.yaml", "--junit", "tests.xml", code=1)
    (suite,) = xml.etree.ElementTree.parse(folder / "tests.xml").getroot()
    expect_equal({"name": "orders.test.yaml", "tests": "2", "failures": "1", "errors": "0"},
                 {key: value for key, value in suite.attrib.items() if key != "time"}, "the suite")
    expect_equal(["totals_and_windows", "metadata"], [case.attrib["name"] for case in suite], "the cases")
    (failure,) = suite[0]
    must_be_in("- {town: Oslo, total: 12, orders: 2}", failure.text)


def must_be_in(part, text):
    if part not in text:
        raise Failure(f"'{part}' is not in\n{text}")


def finds_files(folder):
    place(folder)
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "other.test.yaml").write_text("pipeline: ../../orders.yaml\n" + TESTS)
    must_say(run(folder, "."), "4 passed")
    must_say(run(folder, "orders.yaml"), "2 passed")
    must_say(run(folder, "orders.yaml", "--name", "meta"), "1 passed")
    # Tests are no pipelines of the folder.
    must_not_say(sluice("check", ".", cwd=folder), "orders.test.yaml")
    (folder / "none").mkdir()
    must_say(run(folder, "none", code=2), "none: there is no *.test.yaml in this folder")
    (folder / "alone.yaml").write_text(PIPELINE)
    must_say(run(folder, "alone.yaml", code=2), "alone.yaml: has no tests: there is no alone.test.yaml beside it")
    must_say(run(folder, "gone.test.yaml", code=2), "gone.test.yaml")


def in_the_file(folder):
    """Tests below `tests:` of the pipeline file, of which nothing else takes notice."""
    (folder / "orders.yaml").write_text(PIPELINE + TESTS, encoding="utf-8")
    must_say(run(folder, "orders.yaml"), "ok  orders.yaml: totals_and_windows", "2 passed, 0 failed")
    must_say(run(folder, "."), "ok  orders.yaml: metadata", "2 passed, 0 failed")
    (folder / "small.yaml").write_text(SMALL)
    for command in ("check", "run", "test"):
        sluice(command, "small.yaml", cwd=folder).must_exit(0)
    (folder / "small.yaml").unlink()
    (folder / "orders.yaml").write_text(PIPELINE + TESTS.replace("total: 11.5,", "total: 12,"), encoding="utf-8")
    must_say(run(folder, "orders.yaml", code=1), "- {town: Oslo, total: 12, orders: 2}", "1 passed, 1 failed")
    must_say(run(folder, "orders.yaml", "--update"), "updated  orders.yaml: totals_and_windows")
    text = (folder / "orders.yaml").read_text()
    if not text.startswith(PIPELINE) or "# A comment that stays." not in text:
        raise Failure(f"more than the test is changed:\n{text}")
    run(folder, "orders.yaml")
    # Beside it may be more.
    (folder / "orders.test.yaml").write_text(TESTS)
    must_say(run(folder, "orders.yaml"), "4 passed, 0 failed")
    (folder / "orders.yaml").write_text(PIPELINE + "tests: {one: {batchez: []}}\n", encoding="utf-8")
    must_say(run(folder, "orders.yaml", code=2), "orders.yaml:19:", "did you mean 'batches'")


def formats(folder):
    (folder / "order.avsc").write_text('{"type": "record", "name": "o", "fields": [{"name": "id", "type": "long"}, '
                                       '{"name": "name", "type": ["null", "string"]}]}')
    sources = {"csv": "csv: {schema: {id: BIGINT, name: VARCHAR}, delimiter: ';'}",
               "text": "text: {column: line}",
               "avro": "avro: {schema_file: order.avsc}"}
    place(folder, pipeline="name: formats\nsources:\n" + "".join(
        f"  {name}:\n    kafka: {{brokers: 'nowhere.invalid:9092', topic: {name}}}\n    format: {{{text}}}\n"
        for name, text in sources.items()) + "  raw: {kafka: {brokers: 'nowhere.invalid:9092', topic: raw}}\n" +
        "views: {bytes: 'SELECT key, value, partition FROM raw'}\nsinks:\n" + "".join(
        f"  {name}: {{from: {name if name != 'raw' else 'bytes'}, console: {{}}}}\n" for name in [*sources, "raw"]) +
        "checkpoint: out/checkpoint\n",
        tests="""\
tests:
  all:
    batches:
      - rows:
          csv:
            - {id: 1, name: "a;\\"b\\""}
            - {id: 2}
            - 3;c
          text:
            - a line
            - {line: "another: line"}
            - hex: ff00
          avro:
            - {id: 5, name: naïve 東}
            - {id: 6, name: null}
            - raw: nonsense
          raw:
            - {key: k, value: "{}", partition: 2}
        expect:
          csv:
            - {id: 1, name: "a;\\"b\\""}
            - {id: 2, name: null}
            - {id: 3, name: c}
          text:
            - {line: a line}
            - {line: "another: line"}
          avro:
            - {id: 5, name: naïve 東}
            - {id: 6, name: null}
          raw:
            - {key: k, value: "{}", partition: 2}
        dead_letters:
          text:
            - {value: "0xff00"}
          avro:
            - {value: nonsense}
""")
    run(folder)
    must_say(run_with(folder, "{id: 5, name: naïve 東}\n            - {id: 6", "{id: 5, nme: x}\n            - {id: 6", 2),
             "orders.test.yaml:14:", "nme")


def run_with(folder, was, now, code):
    path = folder / "orders.test.yaml"
    text = path.read_text(encoding="utf-8")
    if was not in text:
        raise Failure(f"'{was}' is not in\n{text}")
    path.write_text(text.replace(was, now, 1), encoding="utf-8")
    finished = run(folder, code=code)
    path.write_text(text, encoding="utf-8")
    return finished


def columns_of_tables(folder):
    place(folder, pipeline="""\
name: tables
sources:
  orders: {delta: {path: lake/nowhere}}
tables:
  towns: {parquet: {path: lake/nowhere}}
views:
  named: SELECT id, town, price FROM orders JOIN towns USING (id)
sinks:
  named: {from: named, console: {}}
checkpoint: out/checkpoint
""", tests="""\
columns:
  orders: {id: BIGINT, price: "DECIMAL(18,4)", tags: "VARCHAR[]"}
  towns: {id: BIGINT, town: VARCHAR}
tests:
  joins:
    tables: {towns: [{id: 1, town: Oslo}]}
    batches:
      - rows:
          orders:
            - {id: 1, price: 1.2345, tags: [a, b]}
            - {id: 2, price: 1}
        expect:
          named: [{id: 1, town: Oslo, price: 1.2345}]
""")
    run(folder)
    must_say(run_with(folder, "  towns: {id: BIGINT, town: VARCHAR}\n", "", 2), "orders.test.yaml:4:3: 'towns' is read from parquet",
             "columns: {towns:")
    must_say(run_with(folder, "price: 1}", "price: cheap}", 2), "orders.test.yaml:11:", "'price'")
    must_say(run_with(folder, "price: 1}", "prise: 1}", 2), "'orders' has no column 'prise'; did you mean 'price'?")


def modes(folder):
    place(folder, pipeline="""\
name: modes
sources:
  made: {generator: {columns: {id: {sequence: {start: 1}}, k: {choice: {values: [a, b]}}}}}
views:
  sums: SELECT k, sum(id) AS total FROM made GROUP BY k
  big: SELECT k, sum(id) AS total FROM made GROUP BY k HAVING sum(id) < 10
sinks:
  changed: {from: sums, mode: update, console: {}}
  all: {from: sums, mode: complete, console: {}}
  kept: {from: big, mode: upsert, key: k, delta: {path: out/kept}}
checkpoint: out/checkpoint
""", tests="""\
tests:
  modes:
    batches:
      - rows: {made: [{id: 1, k: a}, {id: 2, k: b}]}
        expect:
          changed: [{k: a, total: 1}, {k: b, total: 2}]
          all: [{k: b, total: 2}, {k: a, total: 1}]
          kept: [{k: a, total: 1}, {k: b, total: 2}]
      - rows: {made: [{id: 20, k: a}]}
        expect:
          changed: [{k: a, total: 21}]
          all: [{k: b, total: 2}, {k: a, total: 21}]
          kept: [{k: a, __deletes: true}]
""")
    run(folder)


def idle(folder):
    """A source that is silent for long does not hold the other one back, by the test's clock."""
    source = "kafka: {brokers: 'nowhere.invalid:9092', topic: t}\n    format: {json: {schema: {ts: TIMESTAMP}}}"
    place(folder, pipeline=f"""\
name: idle
sources:
  a:
    {source}
    watermark: {{column: ts, delay: 1m, idle_after: 10m}}
  b:
    {source}
    watermark: {{column: ts, delay: 1m, idle_after: 10m}}
views:
  all_of_them: SELECT ts FROM a UNION ALL SELECT ts FROM b
  minutes: SELECT window.start AS minute, count(*) AS n FROM all_of_them GROUP BY window(ts, '1 minute')
sinks:
  minutes: {{from: minutes, mode: append, console: {{}}}}
checkpoint: out/checkpoint
""", tests="""\
tests:
  silence:
    batches:
      - at: "2024-05-01 12:00:00"
        rows: {a: [{ts: "2024-05-01 12:00:00"}], b: [{ts: "2024-05-01 12:00:00"}]}
      - at: "2024-05-01 12:01:00"
        rows: {a: [{ts: "2024-05-01 12:20:00"}]}
        expect: {}
      - at: "2024-05-01 12:30:00"
        rows: {a: [{ts: "2024-05-01 12:20:30"}]}
        expect: {}
      - at: "2024-05-01 12:30:01"
        rows: {a: [{ts: "2024-05-01 12:20:30"}]}
        expect:
          minutes: [{minute: "2024-05-01 12:00:00", n: 2}]
""")
    run(folder)


def errors(folder):
    place(folder)
    for was, now, said in (
            ("tests:\n", "test:\n", "orders.test.yaml:2:1: the file of tests has no option 'test'; did you mean 'tests'?"),
            ("          totals:\n            - {total: 16.50}", "          totls:\n            - {total: 16.50}",
             "has no sink 'totls'; did you mean 'totals'?"),
            ("{total: 16.50}", "{totel: 16.50}", "'totals' gets no column 'totel'; did you mean 'total'?"),
            ("    tables:\n      shops:\n        - {shop: north, town: Oslo}\n", "", "has no rows of the table 'shops'"),
            ("late: {minutes: 1}", "late: {minutes: some}", "the number of late rows is an integer"),
            ("late: {minutes: 1}", "at: noon", "'at' is a time in UTC"),
            ("            - {total: 16.50}", "            - total", "a row is a map of columns"),
            ("- raw: '{\"id\": \"one\"}'", "- hex: xy", "hexadecimal digits"),
            ("partition: 3, key: a}\n", "partition: three, key: a}\n", "column 'partition' of 'orders', INTEGER: ")):
        if "partition" in was:
            was = "{row: {id: 1, shop: north}, partition: 3"
            now = "{row: {id: 1, shop: north}, partition: three"
        finished = must_say(run_with(folder, was, now, 2), said)
        if not re.search(r"error: orders\.test\.yaml:\d+:\d+: ", finished.err):
            raise Failure(f"no place in\n{finished.err}")
    (folder / "orphan.test.yaml").write_text(TESTS)
    must_say(run(folder, "orphan.test.yaml", code=2), "orphan.test.yaml: there is no orphan.yaml", "pipeline: FILE")
    (folder / "orders.yaml").write_text(PIPELINE.replace("count(*)", "count(*", 1))
    must_say(run(folder, code=2), "orders.yaml:12:")


def broken_run(folder):
    """An error of the run is the test's, and the others go on."""
    place(folder, pipeline=PIPELINE.replace("SELECT orders.*, town", "SELECT orders.*, CAST(orders.shop AS INTEGER) AS n, town"))
    said = run(folder, code=1)
    must_say(said, "FAILED  orders.test.yaml: totals_and_windows", "FAILED  orders.test.yaml: metadata", "0 passed, 2 failed")
