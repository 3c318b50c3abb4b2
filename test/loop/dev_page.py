"""`sluice dev --ui`: the same rows and tests on a page, by its stream of events."""

import os
import shutil
import time

from loop.development import TESTS, write
from loop.place import ORDERS, place
from support.case import Case, Failure, expect_equal
from support.live import Live
from support.program import Running, sluice

TOKEN = "0123456789abcdef-secret"
SECONDS_MAX = 10  # from a change to its event, on a machine that does much else


def cases():
    yield Case("dev/page", page)
    yield Case("dev/page_of_a_wrong_file", wrong_file)
    yield Case("dev/page_and_editors", editors)
    yield Case("dev/page_of_rubbish", rubbish)
    yield Case("dev/page_of_dead_letters", dead_letters)
    yield Case("dev/page_for_two", two)
    yield Case("dev/page_is_guarded", guarded)


def serve(folder, *options, timeout="5m"):
    """`timeout`: the usual one may be up before anything has come, on a machine that does much else."""
    return Live("pipeline.yaml", "--timeout", timeout, *options, cwd=folder, command="dev")


class Shown:
    """What a page gets."""

    def __init__(self, live):
        self.events = live.events()
        expect_equal("hello", self.events.next()[0], "the first event")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.events.close()

    def until(self, condition):
        """The next result that is whole and for which it holds."""
        return self.events.until("shown", lambda e: e.get("ms") is not None and condition(e))

    def after_change_of(self, name):
        return self.until(lambda e: name in e["changed"])


def totals(shown):
    part, = shown["parts"]
    return {row[0]: row[1] for row in part["rows"]}


def page(folder):
    """First what is there, then what each change makes of it; the same for programs by one request."""
    place(folder)
    (folder / "pipeline.test.yaml").write_text(TESTS)
    with serve(folder, "--view", "totals") as live, Shown(live) as shown:
        first = shown.until(lambda e: e["tests"])
        part, = first["parts"]
        expect_equal(["view totals: what the rows read so far give", [{"name": "shop", "type": "VARCHAR"}, {"name": "total", "type": "DECIMAL(38,2)"}], "", False],
                     [part["title"], part["columns"], part["note"], part["truncated"]], "the part")
        expect_equal({"north": "11.75", "naïve 東": "7.00"}, totals(first), "the rows")
        expect_equal(["pipeline.yaml", [], []], [first["file"], first["changed"], first["errors"]], "the file")
        expect_equal([{"name": "orders", "records": 4, "dead_letters": 0, "undecoded": []}], first["sources"], "what was read")
        expect_equal([("pipeline.test.yaml", "positive", True, [])],
                     [(test["file"], test["name"], test["passed"], test["differences"]) for test in first["tests"]], "the tests")
        expect_equal(first, live.get("/api/dev"), "the same by a request")

        before = time.monotonic()
        write(folder, "pipeline.yaml", ORDERS.replace("sum(amount)", "2 * sum(amount)"))
        changed = shown.after_change_of("pipeline.yaml")
        taken = time.monotonic() - before
        print(f"{taken:.3f} s from a saved file to the page, of which {changed['ms']:.0f} ms to make it")
        if taken > SECONDS_MAX:
            raise Failure(f"a change is on the page after {taken:.1f} s")
        expect_equal("23.50", totals(changed)["north"], "the new total")
        test, = changed["tests"]
        difference, = test["differences"]
        expect_equal([False, "batch 1, sink totals", "pipeline.test.yaml:5:26", ["{shop: north, total: 2}"], 1, ["{shop: north, total: 4.00}"], 1],
                     [test["passed"], difference["what"], difference["place"], difference["missing"], difference["missing_rows"],
                      difference["unexpected"], difference["unexpected_rows"]], "the difference")
        end = live.running.stop()
        expect_equal(0, end.exit, "the exit code")


def wrong_file(folder):
    """The error is in the place of the rows, with the lines around it, and without what is secret in them."""
    secret = ORDERS.replace("  totals: {from: totals, mode: update, console: {}}",
                            "  totals: {from: totals, mode: update, console: {}}\n"
                            "  away: {from: good, http: {url: \"https://127.0.0.1:1/?token=hunter2\", bearer: hunter2}}")
    place(folder, secret)
    (folder / "pipeline.test.yaml").write_text(TESTS)
    with serve(folder, "--view", "totals") as live, Shown(live) as shown:
        shown.until(lambda e: e["parts"])
        write(folder, "pipeline.yaml", secret.replace("sum(amount)", "sum(amountt)"))
        wrong = shown.after_change_of("pipeline.yaml")
        error, = wrong["errors"]
        expect_equal([None, []], [wrong["parts"], wrong["tests"]], "what is shown beside the error")
        expect_equal(["pipeline.yaml", 8, 28], [error["file"], error["line"], error["column"]], "its place")
        if "amountt" not in error["message"]:
            raise Failure(f"not the message: {error}")
        expect_equal([5, 6, 7, 8, 9, 10, 11], [line["number"] for line in error["lines"]], "the lines around it")
        at = {line["number"]: line for line in error["lines"]}[8]
        if not at["text"][at["at"]:].startswith("amountt"):
            raise Failure(f"not the place in the line: {at}")
        write(folder, "pipeline.yaml", secret.replace("console: {}", "konsole: {}"))
        error, = shown.after_change_of("pipeline.yaml")["errors"]
        texts = "\n".join(line["text"] for line in error["lines"])
        if "hunter2" in texts or "***" not in texts:
            raise Failure(f"a secret is on the page: {texts}")
        write(folder, "pipeline.yaml", secret)
        expect_equal([], shown.after_change_of("pipeline.yaml")["errors"], "the errors of a file that is fine")
        write(folder, "pipeline.test.yaml", TESTS.replace("batches", "batchess"))
        odd = shown.after_change_of("pipeline.test.yaml")
        expect_equal([True, "pipeline.test.yaml", 3], [bool(odd["parts"]), odd["errors"][0]["file"], odd["errors"][0]["line"]], "a wrong file of tests")


def editors(folder):
    """Files that are deleted and come again, are written where they lie, or take the place of others."""
    place(folder)
    with serve(folder, "--view", "totals") as live, Shown(live) as shown:
        shown.until(lambda e: e["parts"])
        (folder / "pipeline.yaml").unlink()
        gone = shown.after_change_of("pipeline.yaml")
        expect_equal([None, 1], [gone["parts"], len(gone["errors"])], "what is shown of a file that is gone")
        (folder / "pipeline.yaml").write_text(ORDERS.replace("sum(amount)", "3 * sum(amount)"))
        shown.until(lambda e: e["parts"] and totals(e)["north"] == "35.25")
        shutil.copy(folder / "pipeline.yaml", folder / "pipeline.yaml~")
        (folder / "other.yaml").write_text(ORDERS)
        os.rename(folder / "other.yaml", folder / "pipeline.yaml")
        shown.until(lambda e: e["parts"] and totals(e)["north"] == "11.75")


MANY = ", ".join(f"{i} AS c{i}" for i in range(200))
HTML = "<img src=x onerror=alert(1)>"
RUBBISH = f"""\
name: rubbish
sources:
  rows:
    json_lines: {{path: in/*.jsonl, schema: {{id: BIGINT, "{HTML}": VARCHAR}}}}
views:
  odd: >-
    SELECT *, repeat('é<', 500000) AS long, 9007199254740993 AS wide, CAST(1.50 AS DECIMAL(9,2)) AS price, NULL AS nothing,
    {{'a': id, 'b': [1, NULL], 'c': MAP {{'k': 'v'}}}} AS nested, '' AS empty, [repeat('x', 20000)] AS list, CAST(0.1 AS DOUBLE) AS real,
    TIMESTAMP '2024-05-01 12:00:00' AS at, TRUE AS yes
    FROM rows
  wide: SELECT {MANY} FROM rows
sinks:
  odd: {{from: odd, console: {{}}}}
trigger: available_now
checkpoint: checkpoint
"""


def place_rubbish(folder):
    (folder / "in").mkdir()
    (folder / "in" / "a.jsonl").write_text(f'{{"id": 1, "{HTML}": "</script><b>bold</b>"}}\n{{"id": 2, "{HTML}": null}}\n')
    (folder / "pipeline.yaml").write_text(RUBBISH)


def rubbish(folder):
    """Any column and any value, and no more of them than a page can bear."""
    place_rubbish(folder)
    with serve(folder, "--view", "odd", "--view", "wide") as live, Shown(live) as shown:
        odd, wide = shown.until(lambda e: e["parts"])["parts"]
        names = [column["name"] for column in odd["columns"]]
        row = dict(zip(names, odd["rows"][0]))
        expect_equal({"id": 1, HTML: "</script><b>bold</b>", "wide": "9007199254740993", "price": "1.50", "nothing": None,
                      "nested": {"a": 1, "b": [1, None], "c": {"k": "v"}}, "empty": "", "real": 0.1, "at": "2024-05-01 12:00:00", "yes": True},
                     {name: value for name, value in row.items() if name not in ("long", "list")}, "the values")
        expect_equal(None, odd["rows"][1][names.index(HTML)], "a NULL")
        if not row["long"].startswith("é<é<") or not row["long"].endswith("... (of 1.50 MB)") or len(row["long"].encode()) > 10_100:
            raise Failure(f"a text of 1.5 MB: {row['long'][:20]} ... {row['long'][-40:]}")
        if not row["list"].startswith('["xxx') or len(row["list"]) > 10_100:
            raise Failure(f"a long list: {row['list'][:20]}")
        expect_equal([200, list(range(200))], [len(wide["columns"]), wide["rows"][0]], "200 columns")
        (folder / "in" / "b.jsonl").write_text("".join(f'{{"id": {i}}}\n' for i in range(3000)))
    with serve(folder, "--view", "wide", "--limit", "3000") as live, Shown(live) as shown:
        part, = shown.until(lambda e: e["parts"])["parts"]
        if not part["truncated"] or not 500 < len(part["rows"]) < 3000:
            raise Failure(f"{len(part['rows'])} rows, truncated {part['truncated']}")


def dead_letters(folder):
    """What does not decode, and that the time was up, are as on the terminal."""
    place(folder, more="{broken\n")
    with serve(folder, "--view", "orders") as live, Shown(live) as shown:
        source, = shown.until(lambda e: e["parts"])["sources"]
        expect_equal([5, 1, 1], [source["records"], source["dead_letters"], len(source["undecoded"])], "what was read")
    made = ORDERS.replace("json_lines: {path: in/*.jsonl, schema: {id: BIGINT, shop: VARCHAR, amount: \"DECIMAL(10,2)\", ts: TIMESTAMP}}",
                          "generator: {rows_per_second: SPEED, columns: {id: {sequence: {}}, shop: {choice: {values: [a]}}, amount: {sequence: {}}, "
                          "ts: {timestamp: {start: \"2024-01-01 00:00:00\", step: 1s}}}}")
    (folder / "pipeline.yaml").write_text(made.replace("SPEED", "20"))
    with serve(folder, "--view", "orders", "--limit", "100", timeout="1s") as live, Shown(live) as shown:
        expect_equal("1s", shown.until(lambda e: e["parts"]).get("timed_out"), "the time that was up")
    # A result that would change for ever is shown once there are as many records as rows are asked for.
    (folder / "pipeline.yaml").write_text(made.replace("SPEED", "200"))
    with serve(folder, "--view", "totals") as live, Shown(live) as shown:
        whole = shown.until(lambda e: e["parts"])
        if "timed_out" in whole or whole["sources"][0]["records"] < 10:
            raise Failure(f"not what a generator gives at once: {whole}")


def two(folder):
    """Each browser gets everything, and nobody waits for one that is gone."""
    place(folder)
    with serve(folder, "--view", "totals") as live, Shown(live) as one:
        with Shown(live) as other:
            for each in (one, other):
                expect_equal("11.75", totals(each.until(lambda e: e["parts"]))["north"], "at first")
            write(folder, "pipeline.yaml", ORDERS.replace("sum(amount)", "2 * sum(amount)"))
            for each in (one, other):
                expect_equal("23.50", totals(each.after_change_of("pipeline.yaml"))["north"], "after a change")
        write(folder, "pipeline.yaml", ORDERS)
        expect_equal("11.75", totals(one.after_change_of("pipeline.yaml"))["north"], "after the other has gone")
        with Shown(live) as late:
            expect_equal("11.75", totals(late.until(lambda e: e["parts"]))["north"], "for one that comes later")
        with live.events(one.events.last_id) as again:
            expect_equal("hello", again.next()[0], "what comes after the last event that was seen")
            write(folder, "pipeline.yaml", ORDERS.replace("sum(amount)", "3 * sum(amount)"))
            again.until("shown", lambda e: e["ms"] is not None and e["changed"] == ["pipeline.yaml"] and totals(e)["north"] == "35.25")


def guarded(folder):
    """The page's address, token, checks and files are those of `sluice run --ui`; without --ui nothing is served."""
    place(folder)
    (folder / "token").write_text(TOKEN + "\n")
    refused = sluice("dev", "pipeline.yaml", "--ui", "0.0.0.0:0", cwd=folder).must_exit(2)
    if "--ui-token-file" not in refused.err:
        raise Failure(refused.err)
    with serve(folder, "--ui-token-file", "token") as live:
        code, headers, _ = live.ask("GET", "/")
        expect_equal(200, code, "the page")
        if "default-src 'none'" not in headers["Content-Security-Policy"]:
            raise Failure(f"no policy: {headers}")
        code, _, _ = live.ask("GET", "/", headers={"If-None-Match": headers["ETag"]})
        expect_equal(304, code, "the page again")
        for path in ("/events", "/api/dev"):
            expect_equal(401, live.ask("GET", path)[0], f"{path} without the token")
        known = {"Authorization": f"Bearer {TOKEN}"}
        expect_equal(200, live.ask("GET", "/api/dev", headers=known)[0], "with the token")
        expect_equal(403, live.ask("GET", "/api/dev", headers={**known, "Host": "evil.example"})[0], "another host's name")
        expect_equal(404, live.ask("GET", "/api/pipelines", headers=known)[0], "what only a run has")
    quiet = Running("dev", "--ui", "pipeline.yaml", cwd=folder)  # a file is no address
    quiet.wait_for(lambda out, err: "the page is at http://127.0.0.1:" in err and "also at http" in err, "it serves a page")
    quiet.stop()
    quiet = Running("dev", "pipeline.yaml", cwd=folder)
    quiet.wait_for(lambda out, err: "waits for a change" in err, "it has shown all")
    if listens(quiet.process.pid):
        raise Failure("it listens, without --ui")
    if "page" in quiet.stop().err:
        raise Failure("it speaks of a page, without --ui")


def listens(pid):
    """Whether the process has a socket."""
    return any(os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:") for name in os.listdir(f"/proc/{pid}/fd"))
