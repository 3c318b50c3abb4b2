"""SQL asked of running pipelines: what it answers is what the sinks get, and what it does to no pipeline."""

import json
import re
import threading
import time
from pathlib import Path

from support.broker import EmbeddedBroker, produce
from support.case import Case, Failure, expect_equal
from support.live import Live
from support.program import sluice
from support.tables import connection, define_table, expect_same_rows

FILES = """\
name: {name}
sources:
  numbers:
    json_lines: {{path: in-{name}, schema: {{id: BIGINT, amount: "DECIMAL(22,12)", note: INTEGER}}}}
  unread:
    json_lines: {{path: in-{name}, schema: {{id: BIGINT}}}}
tables:
  names: {{csv: {{path: names.csv, schema: {{k: BIGINT, name: VARCHAR}}}}}}
views:
  positive: SELECT id, amount * 2 AS amount, id % 5 AS k FROM numbers WHERE id > 0
  totals: SELECT k, count(*) AS n, sum(amount) AS amount FROM positive GROUP BY k
  broken: SELECT id, CAST('x' || id AS BIGINT) AS wrong FROM numbers
sinks:
  rows: {{from: positive, parquet: {{path: out-{name}/rows}}}}
  totals: {{from: totals, mode: complete, parquet: {{path: out-{name}/totals}}}}
trigger: {{every: {every}}}
checkpoint: checkpoint-{name}
"""

GENERATED = """\
name: made
sources:
  readings:
    generator:
      seed: 7
      rows: {rows}
      max_records_per_trigger: 20000
      columns:
        id: {{sequence: {{}}}}
        k: {{uniform: {{min: 0, max: 99, type: INTEGER}}}}
views:
  totals: SELECT k, count(*) AS n, sum(id) AS sum FROM readings GROUP BY k
  grand: SELECT count(*) AS n, sum(id) AS sum FROM readings
sinks:
  rows: {{from: readings, parquet: {{path: {out}/rows}}}}
  totals: {{from: totals, mode: complete, parquet: {{path: {out}/totals}}}}
  grand: {{from: grand, mode: complete, parquet: {{path: {out}/grand}}}}
checkpoint: {out}/checkpoint
"""

KAFKA = """\
name: orders
sources:
  orders:
    kafka: {{topic: orders, brokers: "{brokers}", start: earliest}}
    format: {{json: {{schema: {{id: BIGINT, k: VARCHAR, price: "DECIMAL(10,2)"}}}}}}
views:
  totals: SELECT k, count(*) AS n, sum(price) AS price FROM orders GROUP BY k
  latest: SELECT k, max(id) AS id FROM orders GROUP BY k
sinks:
  rows: {{from: orders, delta: {{path: out/rows}}}}
  totals: {{from: totals, mode: complete, delta: {{path: out/totals}}}}
  latest: {{from: latest, mode: complete, delta: {{path: out/latest}}}}
trigger: {{every: 100ms}}
checkpoint: checkpoint
"""


def cases():
    yield Case("results_and_rows", results_and_rows)
    yield Case("rejects", rejects)
    yield Case("one_moment", one_moment)
    yield Case("kafka", kafka)
    yield Case("states", states)
    yield Case("reload", reload)
    yield Case("several", several)
    yield Case("crowd", crowd)
    yield Case("too_long", too_long)
    yield Case("attacked", attacked)
    yield Case("bodies", bodies)
    yield Case("token", token)
    yield Case("terminal", terminal)


def write(folder, name="orders", every="50ms", text=FILES):
    (folder / f"in-{name}").mkdir(exist_ok=True)
    (folder / "names.csv").write_text("k,name\n0,zero\n1,one\n2,two\n")
    (folder / f"{name}.yaml").write_text(text.format(name=name, every=every))
    return f"{name}.yaml"


def feed(folder, batch, rows=20, name="orders", extra=()):
    first = batch * 1000
    lines = [json.dumps({"id": n, "amount": f"{n}.5", "note": n}) for n in range(first, first + rows)]
    whole = folder / f"in-{name}" / f".{batch:04d}"
    whole.parent.mkdir(exist_ok=True)
    whole.write_text("\n".join([*lines, *extra]) + "\n")
    whole.rename(whole.with_name(f"{batch:04d}.jsonl"))


def post(live, sql, pipeline="orders", **more):
    code, headers, body = live.ask("POST", f"/api/pipelines/{pipeline}/sql", json.dumps({"sql": sql, **more}))
    return code, json.loads(body), headers


def ask(live, sql, pipeline="orders", tries=1, **more):
    for _ in range(tries):
        code, body, _ = post(live, sql, pipeline, **more)
        if code == 200:
            return body
        if code not in (429, 503):
            break
        time.sleep(0.2)
    raise Failure(f"{sql}: {code} {body}")


def refused(live, sql, code, words, pipeline="orders"):
    got, body, _ = post(live, sql, pipeline)
    if got != code or words not in body["error"]["message"]:
        raise Failure(f"{sql}: expected {code} with '{words}', got {got} {body}")
    return body["error"]


def ask_while_fed(live, sql, feed_one):
    """The code and body of a question that waits for a batch; feed_one(n) writes the n-th file, one after the other."""
    got = []
    asking = threading.Thread(target=lambda: got.append(post(live, sql)))
    asking.start()
    files = 0
    while asking.is_alive():
        time.sleep(0.4)
        feed_one(files)
        files += 1
    code, body, _ = got[0]
    return code, body, files


def until(live, batches, pipeline="orders"):
    return live.wait_until(pipeline, lambda status: status["batches"] >= batches, f"had {batches} batches")


def relations(live, pipeline="orders"):
    return live.get(f"/api/pipelines/{pipeline}/relations")


def read(status):
    return sum(source["numInputRows"] for source in status["sources"])


def ready(live, pipeline="orders"):
    live.wait_until(pipeline, lambda status: status["state"] == "running", "runs")
    for _ in range(200):
        if relations(live, pipeline):
            return
        time.sleep(0.05)
    raise Failure("nothing may be asked")


def results_and_rows(folder):
    feed(folder, 0)
    with Live(write(folder), cwd=folder) as live:
        until(live, 1)
        known = {one["name"]: one for one in relations(live)}
        expect_equal({"numbers": "source", "unread": "source", "names": "table", "positive": "view", "totals": "view",
                      "broken": "view"}, {name: one["kind"] for name, one in known.items()}, "kinds of relations")
        expect_equal(("batch", "result", "result"), tuple(known[name]["of"] for name in ("positive", "totals", "names")),
                     "what they are of")
        expect_equal([{"name": "k", "type": "BIGINT"}, {"name": "n", "type": "BIGINT"},
                      {"name": "amount", "type": "DECIMAL(38,12)"}], known["totals"]["columns"], "columns of totals")
        # Idle: what the last batch has left.
        answer = ask(live, "SELECT k, n, amount FROM totals ORDER BY k")
        expect_equal([[k, 4 - (k == 0), f"{sum(2 * n + 1 for n in range(1, 20) if n % 5 == k)}.000000000000"]
                      for k in range(5)], answer["rows"], "totals")
        expect_equal(("state", False, 5), (answer["of"], answer["truncated"], answer["copied_rows"]), "of what")
        joined = ask(live, "SELECT name, n FROM totals JOIN names USING (k) ORDER BY k DESC LIMIT 2")
        expect_equal([["two", 4], ["one", 4]], joined["rows"], "a join with a table")
        # Rows of a stream: those of the next batch, whichever that is.
        code, got, _ = ask_while_fed(
            live, "SELECT min(id) AS low, max(id) AS high, count(*) AS n, max(k) AS k FROM positive",
            lambda n: feed(folder, 3 + n, rows=30))
        expect_equal((200, "batch"), (code, got.get("of")), f"rows of a batch: {got}")
        (low, high, n, k), = got["rows"]
        files = high // 1000 - low // 1000 + 1
        expect_equal((0, 29, 30 * files, 4), (low % 1000, high % 1000, n, k), "rows of a batch")
        if not 1 <= got["batch"] <= live.status("orders")["lastProgress"]["batchId"]:
            raise Failure(f"not a batch of this run: {got}")
        refused(live, "SELECT * FROM unread", 400, "'unread': no sink takes its rows")
        error = refused(live, "SELECT *\nFROM total", 400, "did you mean 'totals'?")
        expect_equal((2, 6), (error["line"], error["column"]), "the place")
        expect_equal([[2]], ask(live, "SELECT 1 + 1")["rows"], "no relation")
        for sql in ("SELECT k FROM totals LIMIT 0", "SELECT * FROM totals WHERE k > 100"):
            expect_equal([], ask(live, sql)["rows"], sql)
        cut = ask(live, "SELECT k FROM totals ORDER BY k", limit=3)
        expect_equal(([[0], [1], [2]], True), (cut["rows"], cut["truncated"]), "a limit")


def rejects(folder):
    """A column that a question alone reads makes no dead letter, and a view that fails no batch."""
    # No view reads `note`; a question does.
    bad = [json.dumps({"id": 100_000 + n, "amount": "1", "note": "text"}) for n in range(3)]
    with Live(write(folder), cwd=folder) as live:
        ready(live)
        code, got, first = ask_while_fed(live, "SELECT count(*) AS n, max(note) % 1000 AS m FROM numbers",
                                         lambda n: feed(folder, 1 + n, rows=10, extra=bad))
        expect_equal(200, code, f"{got}")
        (n, m), = got["rows"]
        if n % 10 or not n or m != 9:
            raise Failure(f"records that decode: {got}")
        code, failed, more = ask_while_fed(live, "SELECT wrong FROM broken",
                                           lambda n: feed(folder, 1 + first + n, rows=10, extra=bad))
        message = failed["error"]["message"]
        if code != 400 or not message.startswith("'broken': ") or "Could not convert" not in message:
            raise Failure(f"not the view's reason: {code} {failed}")
        rows = 13 * (first + more)
        live.wait_until("orders", lambda s: s["sources"][0]["numInputRows"] >= rows, "read all")
        expect_equal(0, live.status("orders")["sources"][0]["numDeadLetters"], "dead letters")
        expect_equal([[rows]], ask(live, "SELECT CAST(sum(n) AS BIGINT) FROM totals", tries=20)["rows"], "rows of the totals")


ROWS, ANSWERS = 4_000_000, 10


def one_moment(folder):
    """Two results of one stream agree in every answer, whatever the batches do; and the tables are as without."""
    text = GENERATED.format(rows=ROWS, out="out")
    # Slow enough for many questions while batches follow each other, on any machine.
    (folder / "made.yaml").write_text(text.replace("rows:", "rows_per_second: 20000\n      rows:", 1))
    (folder / "alone.yaml").write_text(GENERATED.format(rows=ROWS, out="alone"))
    sql = ("SELECT (SELECT sum(n) FROM totals) AS n, (SELECT sum(sum) FROM totals) AS s, g.n, g.sum, r.last + 1 "
           "FROM grand g, (SELECT max(id) AS last FROM readings) r")
    answers = 0
    with Live("made.yaml", cwd=folder) as live:
        ready(live, "made")
        while answers < ANSWERS:
            code, body, _ = post(live, sql, "made")
            if code in (429, 503):  # the machine has other work
                continue
            expect_equal(200, code, f"status: {body}")
            (n, total, grand_n, grand_total, last), = body["rows"]
            if not int(n) == int(grand_n) == int(last) or int(total) != int(grand_total):
                raise Failure(f"not of one moment: {body}")
            expect_equal("batch", body["of"], "of what")
            answers += 1
    (folder / "made.yaml").write_text(text)
    sluice("run", "made.yaml", "--available-now", cwd=folder).must_exit(0)
    sluice("run", "alone.yaml", "--available-now", cwd=folder).must_exit(0)
    same_tables(folder, "alone", "out", ("rows", "totals", "grand"))


def same_tables(folder, expected, got, names):
    duck = connection()
    for name in names:
        define_table(duck, "expected", "parquet", folder / expected / name)
        define_table(duck, "got", "parquet", folder / got / name)
        expect_same_rows(duck, "FROM expected", "FROM got", name)


def kafka(folder):
    broker, stop = EmbeddedBroker(folder), threading.Event()
    try:
        broker.create_topic("orders", 2)
        (folder / "orders.yaml").write_text(KAFKA.format(brokers=broker.address))
        made = []

        def produce_all():
            number = 0
            while not stop.is_set():
                values = [json.dumps({"id": number + n, "k": f"k{(number + n) % 7}", "price": f"{n % 50}.25"}).encode()
                          for n in range(20)]
                produce(broker.address, "orders", values, partition=number // 20 % 2)
                made.extend(values)
                number += 20
                time.sleep(0.05)

        with Live("orders.yaml", cwd=folder, env=broker.env) as live:
            producing = threading.Thread(target=produce_all)
            producing.start()
            ready(live)
            batches = {}
            for _ in range(5):
                one = ask(live, "SELECT count(*) AS n, sum(id) AS s FROM orders", tries=50)
                batches[one["batch"]] = one["rows"][0]
                both = ask(live, "SELECT (SELECT sum(n) FROM totals), count(*), max(t.n) FROM latest l JOIN totals t "
                                 "USING (k)", tries=50)
                if both["rows"][0][1] > 7:
                    raise Failure(f"more keys than there are: {both}")
            stop.set()
            producing.join()
            live.wait_until("orders", lambda s: sum(x["numInputRows"] for x in s["sources"]) >= len(made), "read all")
            result = ask(live, "SELECT k, n, price FROM totals", tries=50)["rows"]
            live.post("/api/pipelines/orders/stop")
            live.running.finish().must_exit(0)
        duck = connection()
        define_table(duck, "rows", "delta", folder / "out" / "rows")
        expected = duck.execute("SELECT k, count(*), CAST(sum(price) AS VARCHAR) FROM rows GROUP BY k ORDER BY k").fetchall()
        expect_equal([tuple(row) for row in expected], sorted(tuple(row) for row in result), "totals")
        # What a question saw of a batch is what that batch wrote.
        expect_equal({batch: int(rows[0]) for batch, rows in batches.items()},
                     {batch: rows for batch, rows in rows_of_batches(folder / "out" / "rows").items() if batch in batches},
                     "rows of the batches that were seen")
    finally:
        stop.set()
        broker.stop()


def rows_of_batches(table):
    """By the table's log, whose transaction has the batch's number."""
    found = {}
    for entry in sorted((table / "_delta_log").glob("*.json")):
        actions = [json.loads(line) for line in entry.read_text().splitlines()]
        rows = sum(json.loads(action["add"]["stats"])["numRecords"] for action in actions if "add" in action)
        found.update({action["txn"]["version"]: rows for action in actions if "txn" in action and rows})
    return found


def states(folder):
    """Idle, paused, between two far ticks, failing, stopped."""
    feed(folder, 0)
    with Live(write(folder, every="1h"), cwd=folder) as live:
        until(live, 1)
        # The next tick is an hour away, and no answer waits so long.
        expect_equal([[19]], ask(live, "SELECT CAST(sum(n) AS BIGINT) FROM totals")["rows"], "before a far tick")
        live.post("/api/pipelines/orders/pause")
        live.wait_until("orders", lambda s: s["state"] == "paused", "is paused")
        with live.events() as events:
            events.until("snapshot")
            for _ in range(5):
                expect_equal([[19]], ask(live, "SELECT CAST(sum(n) AS BIGINT) FROM totals", tries=20)["rows"], "paused")
        expect_equal("paused", live.status("orders")["state"], "state")
        start = time.monotonic()
        refused(live, "SELECT * FROM positive", 503, "no batch came in time, and 'positive' has rows only")
        if time.monotonic() - start < 8:
            raise Failure("a batch was not waited for")
        live.post("/api/pipelines/orders/resume")
        live.post("/api/pipelines/orders/stop")
        live.running.finish().must_exit(0)
    write(folder, "invoices")
    with Live(write(folder), "invoices.yaml", cwd=folder) as live:
        ready(live)
        target, moved = folder / "out-orders" / "rows", folder / "moved"
        target.rename(moved)
        target.write_text("no folder")
        feed(folder, 1)
        live.wait_until("orders", lambda s: s["state"] == "failed" or s["retries"] > 1, "fails")
        code, body, _ = post(live, "SELECT * FROM totals")
        if code not in (409, 503):
            raise Failure(f"a pipeline that has failed answers {code} {body}")
        live.post("/api/pipelines/orders/stop")
        live.wait_until("orders", lambda s: s["state"] in ("failed", "stopped"), "ends")
        refused(live, "SELECT * FROM totals", 409, "pipeline 'orders' cannot be asked: it is")
        expect_equal([], relations(live), "relations of a run that has ended")
        target.unlink()
        moved.rename(target)
        live.post("/api/pipelines/orders/start")
        ready(live)
        live.wait_until("orders", lambda s: read(s) >= 20, "reads what it has not")
        expect_equal([[39]], ask(live, "SELECT CAST(sum(n) AS BIGINT) FROM totals", tries=20)["rows"], "after a start")


def reload(folder):
    feed(folder, 0)
    path = folder / write(folder)
    with Live(path.name, cwd=folder) as live:
        until(live, 1)
        refused(live, "SELECT * FROM doubled", 400, "no source or view is named 'doubled'")
        text = path.read_text()
        path.write_text(text.replace("  broken:", "  doubled: SELECT k, n * 2 AS n FROM totals\n  broken:"))
        live.post("/api/pipelines/orders/reload")
        ready(live)
        expect_equal([[38]], ask(live, "SELECT CAST(sum(n) AS BIGINT) FROM doubled", tries=20)["rows"], "a new view")


def several(folder):
    for name, rows in (("orders", 20), ("invoices", 30)):
        write(folder, name)
        feed(folder, 0, rows=rows, name=name)
    with Live("orders.yaml", "invoices.yaml", cwd=folder) as live:
        until(live, 1, "orders")
        until(live, 1, "invoices")
        for name, rows in (("orders", 19), ("invoices", 29)):
            expect_equal([[rows]], ask(live, "SELECT CAST(sum(n) AS BIGINT) FROM totals", name)["rows"], name)
        code, _, body = live.ask("POST", "/api/pipelines/order/sql", '{"sql": "SELECT 1"}')
        if code != 404 or b"did you mean 'orders'" not in body:
            raise Failure(f"an unknown pipeline: {code} {body}")


def crowd(folder):
    """Twenty at a time: each gets an answer or learns at once that others ask, and no result moves."""
    text = GENERATED.format(rows=3_000_000, out="out").replace("checkpoint:", "trigger: {every: 20ms}\ncheckpoint:")
    (folder / "made.yaml").write_text(text)
    (folder / "alone.yaml").write_text(GENERATED.format(rows=3_000_000, out="alone"))
    codes, wrong, lock, over = {}, [], threading.Lock(), threading.Event()
    with Live("made.yaml", cwd=folder) as live:
        ready(live, "made")

        def asker(number):
            sql = ("SELECT k, n FROM totals ORDER BY n DESC LIMIT 5" if number % 2 else
                   "SELECT count(*), max(id) FROM readings")
            while not over.is_set():
                code, body, headers = post(live, sql, "made")
                with lock:
                    codes[code] = codes.get(code, 0) + 1
                if code == 429 and (headers.get("Retry-After") != "1" or body["error"]["code"] != "E_BUSY"):
                    wrong.append(f"busy does not say when to ask again: {headers} {body}")
                    return
                time.sleep(0.05)

        threads = [threading.Thread(target=asker, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        time.sleep(12)
        over.set()
        for thread in threads:
            thread.join()
        expect_equal("ok", live.get("/healthz")["status"], "/healthz")
    if wrong:
        raise Failure(wrong[0])
    if set(codes) - {200, 409, 429, 503} or codes.get(200, 0) < 5 or codes.get(429, 0) < 5:
        raise Failure(f"answers: {codes}")
    sluice("run", "made.yaml", "--available-now", cwd=folder).must_exit(0)
    sluice("run", "alone.yaml", "--available-now", cwd=folder).must_exit(0)
    same_tables(folder, "alone", "out", ("rows", "totals", "grand"))


def too_long(folder):
    """A question whose SQL does not end is ended; on a machine that has no time for it, it may be asked again. The run goes on."""
    write(folder)
    feed(folder, 0)
    with Live("orders.yaml", cwd=folder) as live:
        until(live, 1)
        ready(live)
        code, body, _ = post(live, "SELECT sum(a.range * b.range % 7) FROM totals, range(1000000) AS a, range(1000000) AS b")
        expected = ((400, "E_QUESTION_TIME", "was ended after 10 s"), (429, "E_BUSY", "no time for the question within 10 s"))
        error = body.get("error", {"code": "", "message": ""})
        if not any((code, error["code"]) == (status, name) and words in error["message"] for status, name, words in expected):
            raise Failure(f"{code} {body}")
        feed(folder, 1)
        until(live, 2)
        expect_equal([[39]], ask(live, "SELECT CAST(sum(n) AS BIGINT) FROM totals", tries=20)["rows"], "the run goes on")


REFUSED = [
    ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
    ("SELECT * FROM '/etc/passwd'", "cannot read the file"),
    ("SELECT * FROM read_text('/etc/passwd')", "read_text"),
    ("ATTACH '/tmp/other.db'", "one SELECT statement"),
    ("COPY totals TO '/tmp/totals.csv'", "one SELECT statement"),
    ("PRAGMA database_list", "one SELECT statement"),
    ("SET memory_limit = '64GB'", "one SELECT statement"),
    ("INSTALL httpfs", "one SELECT statement"),
    ("CREATE TABLE x AS SELECT 1", "one SELECT statement"),
    ("SELECT 1; DROP TABLE totals", "one SELECT statement"),
    ("SELECT getenv('SECRET')", "getenv"),
    ("SELECT current_setting('memory_limit')", "current_setting"),
    ("SELECT * FROM duckdb_settings()", "duckdb_settings"),
    ("SELECT * FROM state.totals", "state.totals"),
    ("SELECT * FROM query('SELECT 1')", "query"),
    ("FROM totals SELECT k, $1", ""),
]
BOUNDED = [
    "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "SELECT " + "abs(" * 20_000 + "1" + ")" * 20_000,
    "SELECT " + "1 + " * 20_000 + "1",
    "SELECT sum(i) FROM generate_series(1, 1000000000000) AS g(i)",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "WITH RECURSIVE t(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t",
    "SELECT length(repeat('x', 4000000000))",
    "SELECT repeat('x', 1000000000) || repeat('y', 1000000000)",
    "SELECT len(range(4000000000))",
    "SELECT replace(repeat('x', 1000000), 'x', repeat('y', 1000000))",
    "SELECT list(i) FROM range(1000000000) AS r(i)",
    "SELECT count(*) FROM (SELECT DISTINCT i || repeat('x', 200) FROM range(1000000000) AS r(i))",
    "SELECT printf('%1900000000d', 1)",
    "SELECT regexp_matches(repeat('a', 100000), '(a*)*(a*)*b') FROM range(100000)",
]


def attacked(folder):
    """SQL that reads what it may not, never ends or eats memory: refused or ended, and the process does not mind."""
    feed(folder, 0)
    with Live(write(folder, every="100ms"), cwd=folder, env={"SECRET": "do not say"}) as live:
        until(live, 1)
        ask(live, "SELECT * FROM totals")
        before = peak(live)
        for sql, words in REFUSED:
            code, body, _ = post(live, sql)
            if code != 400 or words not in body["error"]["message"]:
                raise Failure(f"{sql[:80]}: expected 400 with '{words}', got {code} {str(body)[:500]}")
        for number, sql in enumerate(BOUNDED):
            start = time.monotonic()
            code, body, _ = post(live, sql)
            while code == 429 and time.monotonic() - start < 60:  # others take the machine
                start = time.monotonic()
                code, body, _ = post(live, sql)
            took = time.monotonic() - start
            if code not in (200, 400) or took > 26 or (code == 400 and not body["error"]["message"]):
                raise Failure(f"{sql[:100]}: {code} after {took:.1f} s, {str(body)[:300]}")
            if len(json.dumps(body)) > 9_000_000:
                raise Failure(f"{sql[:100]}: an answer of {len(json.dumps(body))} bytes")
            # The pipeline goes on, and answers.
            feed(folder, 10 + number, rows=1)
            ask(live, "SELECT count(*) FROM totals", tries=50)
        if (grown := peak(live) - before) > 64 << 20:
            raise Failure(f"the process grew by {grown >> 20} MiB")
        expect_equal("running", live.status("orders")["state"], "state")
        children = Path(f"/proc/{live.running.process.pid}/task/{live.running.process.pid}/children").read_text().split()
        expect_equal([], children, "processes that are left")


def peak(live):
    status = Path(f"/proc/{live.running.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10


def bodies(folder):
    """What is no question is refused, with what one is."""
    feed(folder, 0)
    with Live(write(folder), cwd=folder) as live:
        until(live, 1)
        for body in ("", "[]", "{}", '{"sql": 1}', '{"sql": ""}', '{"sql": "SELECT 1", "limit": 0}',
                     '{"sql": "SELECT 1", "limit": 10001}', '{"sql": "SELECT 1", "limit": -1}',
                     '{"sql": "SELECT 1", "limit": "5"}', '{"sql": "SELECT 1", "format": "xml"}',
                     '{"sql": "SELECT 1", "other": 1}', json.dumps({"sql": "SELECT 1 --" + "x" * 100_000})):
            code, _, answer = live.ask("POST", "/api/pipelines/orders/sql", body)
            if code != 400 or b"a question is" not in answer:
                raise Failure(f"{body[:60]}: {code} {answer[:200]}")
        for headers, code in (({"Origin": "https://elsewhere.example"}, 403), ({"Host": "elsewhere.example"}, 403),
                              ({"Content-Type": "text/plain"}, 415)):
            got, _, answer = live.ask("POST", "/api/pipelines/orders/sql", '{"sql": "SELECT 1"}', headers)
            expect_equal(code, got, f"{headers}: {answer[:100]}")
        for form, text in (("csv", "k,n\n1,4\n"), ("json", '{"k":1,"n":4}\n')):
            expect_equal(text, ask(live, "SELECT k, n FROM totals WHERE k = 1", format=form)["text"], form)


def token(folder):
    feed(folder, 0)
    with Live(write(folder), cwd=folder, env={"SLUICE_TOKEN": "correct-horse-battery"}) as live:
        body = '{"sql": "SELECT 1"}'
        expect_equal(401, live.ask("POST", "/api/pipelines/orders/sql", body)[0], "without the token")
        expect_equal(401, live.ask("GET", "/api/pipelines/orders/relations")[0], "relations without the token")
        allowed = {"Authorization": "Bearer correct-horse-battery"}
        for _ in range(100):
            code = live.ask("POST", "/api/pipelines/orders/sql", body, allowed)[0]
            if code == 200:
                break
            time.sleep(0.05)
        expect_equal(200, code, "with the token")


def terminal(folder):
    feed(folder, 0)
    write(folder)
    write(folder, "invoices")
    with Live("orders.yaml", cwd=folder) as live:
        until(live, 1)
        sql = "SELECT k, n, CAST(amount AS DECIMAL(10,2)) AS amount FROM totals WHERE k < 2 ORDER BY k"

        def run(*arguments):
            return sluice("sql", *arguments, "--connect", live.url, cwd=folder)

        expect_equal("+---+---+------+\n|k  |n  |amount|\n+---+---+------+\n|0  |3  |63.00 |\n|1  |4  |72.00 |\n"
                     "+---+---+------+\n", run(sql).must_exit(0).out.rstrip("\n") + "\n", "a table")
        expect_equal("k,n,amount\n0,3,63.00\n1,4,72.00\n", run(sql, "--format", "csv").must_exit(0).out, "CSV")
        expect_equal('{"k":0,"n":3,"amount":63.00}\n{"k":1,"n":4,"amount":72.00}\n',
                     run(sql, "--format", "json").must_exit(0).out, "JSON")
        for arguments, code, words in (
                ((sql, "--format", "parquet"), 2, "--connect gives table, csv or json"),
                ((sql, "--output", "x.csv", "--format", "csv"), 2, "> FILE"),
                ((sql, "--checkpoint", "checkpoint-orders"), 2, "give one of them"),
                ((sql, "--rows", "10001"), 2, "1 to 10000"),
                (("SELECT * FROM total",), 2, "line 1, column 15: no source or view is named 'total'; did you mean"),
                ((sql, "--pipeline", "order"), 2, "did you mean 'orders'"),
                (("SELECT * FROM positive",), 1, "no batch came in time")):
            done = run(*arguments).must_exit(code)
            if words not in done.err:
                raise Failure(f"{arguments}: {done.err}")
        cut = run("SELECT k FROM totals ORDER BY k", "--rows", "2").must_exit(0)
        if "only showing top 2 rows" not in cut.out:
            raise Failure(f"it does not say that there are more: {cut.out}")
    done = sluice("sql", sql, "--pipeline", "orders", cwd=folder).must_exit(2)
    if "--pipeline is for --connect" not in done.err:
        raise Failure(done.err)
    done = sluice("sql", sql, "--connect", live.url, cwd=folder).must_exit(1)
    if "ask the sluice at" not in done.err:
        raise Failure(done.err)
    with Live("orders.yaml", "invoices.yaml", cwd=folder) as live:
        done = sluice("sql", "SELECT 1", "--connect", live.url, cwd=folder).must_exit(2)
        if "it has several pipelines; say which one: orders, invoices" not in done.err:
            raise Failure(done.err)
