"""The live page in a real browser, over a pipeline that runs: what it shows, what it can be asked, without a
pointer, on a phone, in the dark, and when the connection is lost. Whatever a case checks, it fails, too, when the
page asks another host for anything or an error is on the console."""

import base64
import json
import time
import uuid

from loop import dev_page
from loop.development import write
from support import browser
from support.broker import create_topic, produce
from support.case import Case, Failure
from support.kafka import shared_kafka
from support.live import Live
from support.program import sluice

PIPELINE = """\
name: orders
sources:
  orders:
    generator:
      seed: 1
      rows_per_second: 400
      columns:
        id: {sequence: {start: 1}}
        shop: {choice: {values: [north, south, "<b>harbour</b>"]}}
        amount: {uniform: {min: 1, max: 9}}
tables:
  shops: {csv: {path: shops.csv, schema: {shop: VARCHAR, region: VARCHAR}}}
views:
  valid: SELECT * FROM orders WHERE amount > 2
  located: SELECT valid.*, region FROM valid JOIN shops USING (shop)
  totals: SELECT shop, count(*) AS n, sum(amount) AS amount FROM located GROUP BY shop
sinks:
  rows: {from: valid, parquet: {path: out/rows}}
  totals: {from: totals, mode: complete, parquet: {path: out/totals}}
alerts:
  busy:
    when: SELECT shop, n FROM totals WHERE n > 20
    text: "{shop} has {n} orders"
    title: "Busy <i>shop</i>"
trigger: {every: 200ms}
checkpoint: checkpoint
"""
MESSAGES = """\
name: messages
sources:
  messages:
    kafka: {{brokers: "{broker}", topic: {topic}}}
    format: {{json: {{schema: {{text: VARCHAR}}}}}}
sinks:
  rows: {{from: messages, parquet: {{path: out}}}}
charts:
  messages: {{from: messages, table: {{}}}}
checkpoint: checkpoint
"""
NODES = 7
PAGES = ["overview", "dashboard", "batches", "dead", "sql", "log", "config"]
LAZY = {"batches": "Batches", "dead": "No dead letters", "sql": "SQL", "log": "Log", "config": "Configuration"}
HEADINGS = [None, "Dashboard", "Batches", "No dead letters", "SQL", "Log", "Configuration"]


def cases():
    yield Case("overview", lambda folder: check(folder, "overview", nodes=NODES))
    yield Case("pages", lambda folder: check(folder, "pages", pages=PAGES))
    yield Case("alerts", lambda folder: check(folder, "alerts"))
    yield Case("actions", lambda folder: check(folder, "actions"))
    yield Case("keyboard", lambda folder: check(folder, "keyboard", headings=HEADINGS, search=6))
    yield Case("sql", lambda folder: check(folder, "sql"))
    yield Case("tabs", lambda folder: check(folder, "tabs", count=8))
    yield Case("login", login)
    yield Case("reconnect", lambda folder: cut_and_join(folder, "reconnect"))
    yield Case("lazy", lambda folder: cut_and_join(folder, "lazy", lazy=LAZY, first=["overview", "dashboard"]))
    yield Case("charts", charts)
    yield Case("saved", saved)
    yield Case("saved_tables", saved_tables)
    yield Case("message", message)
    yield Case("dead", dead)
    yield Case("many_series", many_series)
    yield Case("settings", settings)
    yield Case("dev", dev)
    yield Case("dev_login", dev_login)


def serve(folder, *options, address="127.0.0.1:0"):
    (folder / "shops.csv").write_text("shop,region\nnorth,cold\nsouth,warm\n<b>harbour</b>,wet\n")
    (folder / "orders.yaml").write_text(PIPELINE)
    return Live("orders.yaml", *options, cwd=folder, address=address)


def check(folder, name, **arguments):
    browser.packages(), browser.chromium()  # before anything is started: whether there is one
    with serve(folder) as live:
        browser.check(live.url, name, folder, pipeline="orders", **arguments)


def login(folder):
    browser.packages(), browser.chromium()
    (folder / "token").write_text("a token of some length\n")
    with serve(folder, "--ui-token-file", "token") as live:
        browser.check(live.url, "login", folder, token="a token of some length")


def message(folder, count=5):
    """A record of a real broker's topic is on the page; the seconds that each took from its producer to there."""
    browser.packages(), browser.chromium()
    broker = shared_kafka().address
    topic = f"messages-{uuid.uuid4().hex[:8]}"
    create_topic(broker, topic)
    (folder / "messages.yaml").write_text(MESSAGES.format(broker=broker, topic=topic))
    texts, times = [], []

    def send():
        # The script asks for the next one when it has seen the last one.
        now = time.monotonic()
        if texts:
            times.append(now - sent[0])
        texts.append(f"message {len(texts)} of {topic}")
        sent[0] = time.monotonic()
        produce(broker, topic, [json.dumps({"text": texts[-1]}).encode()])
        return texts[-1]

    sent = [0.0]
    with Live("messages.yaml", cwd=folder) as live:
        live.wait_until("messages", lambda status: status["state"] == "running", "runs")
        browser.check(live.url, "message", folder, {"send": send}, pipeline="messages", count=count + 1)
    return times


def cut_and_join(folder, name, **arguments):
    """kill -9, and another run on the same port: the page finds it by itself."""
    browser.packages(), browser.chromium()
    live = serve(folder)
    runs = [live]

    def cut():
        runs[-1].running.kill()

    def join():
        runs.append(serve(folder, address=f"127.0.0.1:{live.port}"))

    try:
        browser.check(live.url, name, folder, {"cut": cut, "join": join}, pipeline="orders", **arguments)
    finally:
        runs[-1].running.kill()


CHARTS = """\
name: grid
sources:
  readings:
    json_lines: {path: in, schema: {at: TIMESTAMP, sensor: VARCHAR, kw: DOUBLE, lat: DOUBLE, lon: DOUBLE}}
views:
  sensors: SELECT sensor, sum(kw) AS kw, count(*) AS n, max(lat) AS lat, max(lon) AS lon FROM readings GROUP BY sensor
  whole: SELECT sum(kw) AS kw FROM readings
sinks:
  rows: {from: readings, parquet: {path: out}}
ui: {range: 1h, filters: [sensor]}
charts:
  flow: {tab: Time, title: Flow, from: readings, line: {x: at, y: kw, by: sensor}, unit: kW, thresholds: {40: bad}}
  stacked: {tab: Time, title: Stacked, from: readings, area: {x: at, y: kw, by: sensor, stack: true}, unit: kW}
  columns: {tab: Time, title: Columns, from: readings, bar: {x: at, y: kw, by: sensor, stack: true}, unit: kW}
  spots: {tab: Time, title: Spots, from: readings, scatter: {x: kw, y: lat, by: sensor}}
  spread: {tab: Time, title: Spread, from: readings, histogram: {x: kw, bins: 4}, unit: kW}
  heat: {tab: Time, title: Heat, from: readings, heatmap: {x: at, y: sensor, value: kw}, unit: kW}
  bars: {tab: Now, title: Bars, from: sensors, bar: {x: sensor, y: kw}, unit: kW}
  share: {tab: Now, title: Share, from: sensors, donut: {part: sensor, value: kw}, unit: kW}
  total: {tab: Now, title: Total, from: whole, number: {value: kw, against: 1s, good: up, spark: true}, unit: kW}
  load: {tab: Now, title: Load, from: whole, gauge: {value: kw, min: 0, max: 200}, unit: kW, thresholds: {150: warn}}
  list: {tab: Now, title: List, from: sensors, table: {sort: -kw, search: true, columns: {sensor: {label: Sensor}, kw: {unit: kW}, n: {label: Rows}}}}
  places: {tab: Now, title: Places, from: sensors, map: {lat: lat, lon: lon, size: kw, name: sensor}}
  notes: {tab: Now, title: Notes, markdown: "Hot is **more than** 40 kW, <img src=x onerror=alert(1)> and [not this](javascript:alert(1))."}
  wrong: {tab: Now, title: Wrong, sql: "SELECT CAST(sensor AS INTEGER) AS n FROM sensors", table: {}}
trigger: {every: 100ms}
checkpoint: checkpoint
"""
HARBOUR = "<b>harbour</b>"


def reading(minute, sensor, kw):
    place = {"lat": 48.1, "lon": 11.6} if sensor == "mill" else {"lat": 53.5, "lon": 9.9}
    return {"at": f"2026-01-01T00:0{minute}:00", "sensor": sensor, "kw": kw, **place}


def feed(folder, name, *readings):
    (folder / "in").mkdir(exist_ok=True)
    (folder / f".{name}").write_text("".join(json.dumps(one) + "\n" for one in readings))
    (folder / f".{name}").rename(folder / "in" / f"{name}.jsonl")


def first_readings(harbour):
    return [reading(0, harbour, 10), reading(0, "mill", 30), reading(1, harbour, 20), reading(1, "mill", 50)]


def expected_charts(harbour):
    """What the charts say and show of the first readings."""
    both = [[f"{harbour} 10", "mill 30"], [f"{harbour} 20", "mill 50"]]
    time = {"tab": "Time"}
    now = {"tab": "Now"}
    return [
        {**time, "title": "Flow", "says": [harbour, "mill"], "walk": both},
        {**time, "title": "Stacked", "says": [harbour, "mill"], "walk": both},
        {**time, "title": "Columns", "says": [harbour, "mill"], "walk": both},
        {**time, "title": "Spots", "says": ["4 points"]},
        {**time, "title": "Spread", "says": ["most between"], "rows": [["0", "20", "1"], ["20", "40", "2"], ["40", "60", "1"]]},
        {**time, "title": "Heat", "says": ["2 by 2, from 10 kW to 50 kW"]},
        {**now, "title": "Bars", "says": ["mill 80 kW, " + harbour + " 30 kW"]},
        {**now, "title": "Share", "says": ["mill 73 %, " + harbour + " 27 %"]},
        {**now, "title": "Total", "says": ["110"]},
        {**now, "title": "Load", "says": ["110 kW, from 0 kW to 200 kW"]},
        {**now, "title": "List", "says": ["Sensor", "Rows", "mill", harbour, "80", "30"]},
        {**now, "title": "Places", "says": ["2 places"]},
        {**now, "title": "Notes", "says": ["Hot is more than 40 kW, <img src=x onerror=alert(1)> and"]},
    ]


PICTURES = [
    {"tab": "Time", "title": "Flow", "inks": ["c1", "c2", "ink"]},
    {"tab": "Time", "title": "Heat", "inks": ["h1", "ink"]},
    {"tab": "Now", "title": "Share", "inks": ["c1", "c2", "ink"]},
    {"tab": "Now", "title": "Load", "inks": ["accent", "ink"]},
    {"tab": "Now", "title": "Total", "inks": ["ink"]},
    {"tab": "Now", "title": "Places", "inks": ["raise2", "ink"]},
]


def charts(folder):
    """Each kind with known rows, and what comes later; the history is there after kill -9, too."""
    browser.packages(), browser.chromium()
    feed(folder, "1", *first_readings(HARBOUR))
    (folder / "grid.yaml").write_text(CHARTS)
    live = Live("grid.yaml", cwd=folder, address="127.0.0.1:0")
    runs = [live]

    def restart():
        runs[-1].running.kill()
        runs.append(Live("grid.yaml", cwd=folder, address=f"127.0.0.1:{live.port}"))

    time = {"tab": "Time"}
    now = {"tab": "Now"}
    later = [
        {**time, "title": "Heat", "says": ["3 by 2, from 5 kW to 70 kW"]},
        {**time, "title": "Spots", "says": ["6 points"]},
        {**now, "title": "Bars", "says": [HARBOUR + " 100 kW, mill 85 kW"]},
        {**now, "title": "Total", "says": ["185", "▲", "vs 1 s ago"]},
        {**now, "title": "Load", "says": ["185 kW, from 0 kW to 200 kW, warn"]},
    ]
    try:
        browser.check(live.url, "charts", folder,
                      {"feed": lambda: feed(folder, "2", reading(2, HARBOUR, 70), reading(2, "mill", 5)), "restart": restart},
                      pipeline="grid", tabs=["Time", "Now"], charts=expected_charts(HARBOUR), pictures=PICTURES, later=later,
                      error={"tab": "Now", "title": "Wrong", "text": "query of this chart failed"},
                      filter={"column": "sensor", "value": "mill"})
    finally:
        runs[-1].running.kill()


NASTY = "</script><img src=x onerror=alert(1)>"
NASTY_CHART = """\
  nasty:
    title: "<!--<script></script><img src=x onerror=alert(2)>"
    sql: |-
      SELECT * FROM (VALUES ('</script><script>alert(3)</script>', 1), ('=1+1', 2), ('a' || chr(8232) || chr(8233) || '\\u003c', 3), ('$${x} "`', 4)) AS t("<b>text</b>", n)
    tab: Now
    table: {}
trigger:"""


def saved_arguments():
    return {
        "pipeline": "grid", "tabs": ["Time", "Now"], "charts": expected_charts(NASTY),
        "nasty": {"tab": "Now", "title": "<!--<script></script><img src=x onerror=alert(2)>", "formula": "'=1+1,2",
                  "cells": ["</script><script>alert(3)</script>", "=1+1", "a\u2028\u2029\\u003c", '${x} "`']},
        "sorted": {"tab": "Now", "title": "List", "by": "kw", "first": NASTY, "search": "onerror", "found": NASTY},
    }


def saved(folder):
    """What a pipeline that runs shows, saved by the command; and once more by the API, one tab of it."""
    browser.packages(), browser.chromium()
    feed(folder, "1", *first_readings(NASTY))
    (folder / "grid.yaml").write_text(CHARTS.replace("trigger:", NASTY_CHART))
    with Live("grid.yaml", cwd=folder) as live:
        live.wait_for_chart("grid", "load", {"kw": [110.0]})
        sluice("ctl", "export", "grid", "--connect", live.url, "-o", "grid.html", cwd=folder).must_exit(0)
        _, headers, page = live.ask("GET", "/api/pipelines/grid/dashboard.html?tab=Now")
    if 'filename="Now.html"' not in headers["Content-Disposition"] or b'"Flow"' in page:
        raise Failure(f"one tab is not one tab: {headers}")
    browser.check((folder / "grid.html").as_uri(), "saved", folder, **saved_arguments())


def saved_tables(folder):
    """The same charts over a table, without a job: asked once, and saved."""
    browser.packages(), browser.chromium()
    feed(folder, "1", *first_readings(NASTY))
    text = CHARTS.replace("trigger:", NASTY_CHART)
    text = text.replace("sources:", "tables:").replace("{path: in,", "{path: in/1.jsonl,")
    text = text[:text.index("sinks:")] + text[text.index("ui:"):text.index("trigger:")]
    (folder / "grid.yaml").write_text(text)
    sluice("dashboard", "grid.yaml", "-o", "grid.html", cwd=folder).must_exit(2)  # one chart of it fails
    browser.check((folder / "grid.html").as_uri(), "saved", folder, **saved_arguments())


LETTERS = """\
name: plant
sources:
  readings:
    json_lines: {path: in, schema: {id: BIGINT, kw: DOUBLE, day: DATE}}
sinks:
  rows: {from: readings, parquet: {path: out}}
trigger: {every: 200ms}
checkpoint: checkpoint
"""
LETTERS_COUNT = 100_000
RAW_BYTES = b'{"id": 7, "kw": "\xff\xfe\x00"}'


def dead(folder):
    """100,000 dead letters: all of them can be reached, and the page has no more elements for it."""
    browser.packages(), browser.chromium()
    (folder / "in").mkdir()
    lines = [b'{"id": %d, "kw": "much %d"}' % (i, i) if i % 3 else b'{"id": %d, "day": "day %d"}' % (i, i)
             for i in range(LETTERS_COUNT - 10)] + [RAW_BYTES] * 10
    (folder / "in" / "1.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (folder / "plant.yaml").write_text(LETTERS)
    with Live("plant.yaml", cwd=folder) as live:
        for _ in range(600):
            known = live.get("/api/pipelines/plant/dead-letters?limit=1")
            if known["total"] == LETTERS_COUNT:
                break
            time.sleep(0.1)
        browser.check(live.url, "dead", folder, pipeline="plant", total=LETTERS_COUNT, reasons=known["reasons"],
                      oldest=lines[0].decode(), search={"text": "MUCH 7777", "total": sum(b"much 7777" in line for line in lines)},
                      raw={"search": '"id": 7,', "hex": "ff fe 00", "base64": base64.b64encode(RAW_BYTES).decode()})


SERIES = """\
name: many
tables:
  readings: {json_lines: {path: rows.jsonl, schema: {at: TIMESTAMP, sensor: VARCHAR, kw: DOUBLE, x: DOUBLE}}}
charts:
  line: {title: Line, from: readings, line: {x: at, y: kw, by: sensor}}
  area: {title: Area, from: readings, area: {x: at, y: kw, by: sensor, stack: true}}
  spots: {title: Spots, from: readings, scatter: {x: x, y: kw, by: sensor}}
  heat: {title: Heat, from: readings, heatmap: {x: at, y: sensor, value: kw}}
"""
SENSORS = 5_000


def many_series(folder):
    """Sensor n gives n kW, twice, at two of a thousand times; those of scatter are as many each."""
    browser.packages(), browser.chromium()
    (folder / "rows.jsonl").write_text("".join(
        json.dumps({"at": f"2026-01-01T00:{at // 60:02}:{at % 60:02}", "sensor": f"s{n}", "kw": n, "x": n}) + "\n"
        for n in range(SENSORS) for at in (2 * n % 1000, (2 * n + 1) % 1000)))
    (folder / "many.yaml").write_text(SERIES)
    largest = [f"s{n}" for n in range(SENSORS - 24, SENSORS)]
    words = ["the 24 largest of 5,000"]
    with Live("many.yaml", cwd=folder, command="dashboard") as live:
        browser.check(live.url, "series", folder, pipeline="many", filled_max=1_000_000, charts=[
            {"title": "Line", "says": words, "keys": largest}, {"title": "Area", "says": words, "keys": largest},
            {"title": "Spots", "says": words, "keys": None}, {"title": "Heat", "says": ["500 of 1,000 columns, 100 of 5,000 lines"], "keys": None}])


SETTINGS = """\
name: shown
sources:
  orders:
    generator: {rows_per_second: 5, columns: {id: {sequence: {start: 1}}}}
sinks:
  rows: {from: orders, parquet: {path: "${OUT}/rows"}}
  calls: {from: orders, http: {url: "https://127.0.0.1:1/?token=hunter2", headers: {X-Own: "${WHO}"}, bearer: "${WHO}"}}
trigger: {every: "${EVERY:-10s}"}
checkpoint: "${OUT}/checkpoint"
"""


def settings(folder):
    """Each option with its value and where it is from; what is secret is nowhere in what the page gets."""
    browser.packages(), browser.chromium()
    (folder / "shown.yaml").write_text(SETTINGS)
    with Live("shown.yaml", "--var", "OUT=data", cwd=folder, env={"WHO": "swordfish"}) as live:
        answer = json.dumps(live.get("/api/pipelines/shown/config"))
        for secret in ("hunter2", "swordfish"):
            if secret in answer:
                raise Failure(f"{secret} is in {answer}")
        browser.check(live.url, "settings", folder, pipeline="shown", secrets=["hunter2", "swordfish"], rows=[
            ["name", "shown", "file, 1:7"], ["timezone", "UTC", "default"], ["trigger.every", "10s", "file, 8:18"],
            ["checkpoint", "data/checkpoint", "--var OUT, 9:13"], ["sinks.calls.http.headers.X-Own", "${WHO}", None],
            ["sinks.calls.http.bearer", "***", None]])


DEV_TESTS = """\
tests:
  each_row:
    batches:
      - rows: {rows: [{id: 1}]}
        expect: {ids: [{id: 1}]}
"""


def dev(folder):
    """What `sluice dev --ui` shows of a file that is changed, spoilt and right again."""
    browser.packages(), browser.chromium()
    dev_page.place_rubbish(folder)
    text = dev_page.RUBBISH.replace("sinks:\n  odd: {from: odd,", "  ids: SELECT id FROM rows\nsinks:\n  ids: {from: ids,")
    (folder / "pipeline.yaml").write_text(text)
    (folder / "pipeline.test.yaml").write_text(DEV_TESTS)
    runs = [Live("pipeline.yaml", "--view", "odd", "--view", "wide", "--timeout", "5m", cwd=folder, command="dev")]

    def other():
        """Another command on the same port."""
        runs[-1].running.kill()
        (folder / "pipeline.yaml").write_text(text.replace("available_now", "{every: 1s}"))
        runs.append(Live("pipeline.yaml", cwd=folder, address=f"127.0.0.1:{runs[0].port}"))

    try:
        browser.check(runs[0].url, "dev", folder, {
            "change": lambda: write(folder, "pipeline.yaml", text.replace("SELECT id FROM", "SELECT id + 1 AS id FROM").replace("SELECT *,", "SELECT * REPLACE (id + 1 AS id),")),
            "spoil": lambda: write(folder, "pipeline.yaml", text.replace("SELECT id FROM", "SELECT idd FROM")),
            "restore": lambda: write(folder, "pipeline.yaml", text),
            "end": lambda: runs[-1].running.kill() and None, "run": other}, html=dev_page.HTML)
    finally:
        runs[-1].running.kill()


def dev_login(folder):
    browser.packages(), browser.chromium()
    dev_page.place_rubbish(folder)
    (folder / "token").write_text("a token of some length\n")
    with Live("pipeline.yaml", "--ui-token-file", "token", cwd=folder, command="dev") as live:
        browser.check(live.url, "login", folder, token="a token of some length")
