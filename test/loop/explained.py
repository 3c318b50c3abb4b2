"""`sluice explain`."""

import json
import xml.etree.ElementTree

from loop.place import ORDERS, ask, files_of, place
from support.case import Case, Failure, expect_equal
from support.program import ROOT, must_say, sluice

# A view of each kind.
KINDS = """\
name: kinds
sources:
  clicks:
    generator:
      rows: 10
      columns:
        visitor: {uniform: {min: 1, max: 5, type: INTEGER}}
        seen_at: {timestamp: {start: "2024-01-01 00:00:00", step: 1s}}
    watermark: {column: seen_at, delay: 10s}
  buys:
    generator:
      rows: 10
      columns:
        visitor: {uniform: {min: 1, max: 5, type: INTEGER}}
        bought_at: {timestamp: {start: "2024-01-01 00:00:00", step: 1s}}
    watermark: {column: bought_at, delay: 10s}
views:
  plain: SELECT visitor, seen_at FROM clicks WHERE visitor > 2
  ever: SELECT visitor, count(*) AS n FROM clicks GROUP BY visitor
  windows: SELECT window.start AS minute, visitor, count(*) AS n FROM clicks GROUP BY window(seen_at, '1 minute'), visitor
  once: SELECT DISTINCT visitor FROM clicks
  recent:
    sql: SELECT visitor, seen_at FROM clicks
    deduplicate: {by: [visitor], within: 10m}
  pairs: >-
    SELECT clicks.visitor, seen_at, bought_at FROM clicks JOIN buys
    ON clicks.visitor = buys.visitor AND bought_at BETWEEN seen_at AND seen_at + INTERVAL 5 MINUTE
  unbounded: SELECT c.visitor FROM clicks AS c JOIN buys AS b ON c.visitor = b.visitor
  top: SELECT * FROM ever ORDER BY n DESC LIMIT 3
sinks:
  plain: {from: plain, console: {}}
  ever: {from: ever, mode: update, console: {}}
  windows: {from: windows, mode: append, console: {}}
  once: {from: once, console: {}}
  recent: {from: recent, console: {}}
  pairs: {from: pairs, console: {}}
  unbounded: {from: unbounded, console: {}}
  top: {from: top, mode: complete, console: {}}
trigger: available_now
checkpoint: out/checkpoint
"""


def cases():
    yield Case("explain_kinds", kinds)
    yield Case("explain_text", text)
    yield Case("explain_pictures", pictures)
    yield Case("explain_examples", examples)
    yield Case("explain_refusals", refusals)


def parts_of(folder):
    made = json.loads(ask(folder, "explain", "--format", "json").out)
    expect_equal(1, made["version"], "the version")
    return {(part["sort"], part["name"]): part for part in made["parts"]}


def kinds(folder):
    (folder / "pipeline.yaml").write_text(KINDS)
    parts = parts_of(folder)

    def view(name):
        return parts["view", name]

    expect_equal(([], ["append", "update"]), (view("plain")["state"], view("plain")["modes"]), "a stateless view")
    (ever,) = view("ever")["state"]
    expect_equal((["visitor"], None), (ever["keys"], ever["until"]), "an aggregate without event time")
    expect_equal(["update", "complete"], view("ever")["modes"], "its modes")
    must_have(view("ever")["refused_modes"]["append"], "watermark")
    (windows,) = view("windows")["state"]
    expect_equal(["window(seen_at, '1m')", "visitor"], windows["keys"], "a window and a key")
    must_have(windows["until"], "the watermark has passed")
    expect_equal(windows["keys"][0], windows["event_time"], "the key that is an event time")
    expect_equal(["append", "update", "complete"], view("windows")["modes"], "modes of a window")
    (once,) = view("once")["state"]
    expect_equal(None, once["until"], "DISTINCT without event time")
    must_have(view("once")["warning"], "keeps every key for ever")
    (recent,) = view("recent")["state"]
    must_have(recent["until"], "10m after the row")
    left, right = view("pairs")["state"]
    must_have(left["what"], "'clicks' that wait for partners")
    must_have(right["what"], "'buys' that wait for partners")
    if None in (left["until"], right["until"]):
        raise Failure("a bounded join gives rows up")
    expect_equal([None, None], [state["until"] for state in view("unbounded")["state"]], "a join without bounds")
    expect_equal((["ever"], []), (view("top")["reads"], view("top")["state"]), "over a result")
    expect_equal("at least once", parts["sink", "plain"]["promise"], "of the console")


def must_have(text, part):
    if part not in text:
        raise Failure(f"'{part}' is not in '{text}'")


def text(folder):
    place(folder)
    before = files_of(folder)
    said = ask(folder, "explain")
    must_say(said, "orders, available_now, checkpoint out/checkpoint", "source orders (json_lines)",
             "watermark: ts, delay 1m", "view good (stateless)", "state: none", "not append:",
             "append from minutes to out/minutes, exactly once")
    # Each part once in full, and by its name where it is read again.
    expect_equal(1, said.out.count("view totals ("), "a view with one input")
    expect_equal(before, files_of(folder), "nothing is written")
    ask(folder, "explain", "-o", "plan.txt")
    expect_equal(said.out, (folder / "plan.txt").read_text(encoding="utf-8"), "--output")
    must_say(ask(folder, "explain", "-o", "plan.txt", code=2), "plan.txt", "--force")


def pictures(folder):
    place(folder, ORDERS.replace("shop, sum(amount)", "shop AS \"a<b>\", sum(amount)"))
    said = ask(folder, "explain", "--format", "mermaid").out.splitlines()
    expect_equal("flowchart LR", said[0], "the first line")
    expect_equal(7 + 6, len(said) - 1, "a line for each part and for who reads whom")
    picture = ask(folder, "explain", "--format", "svg").out
    root = xml.etree.ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    expect_equal((7, 6), (len(root.findall(space + "rect")), len(root.findall(space + "path"))), "boxes and lines")


def examples(folder):
    """Every example has a plan to be shown."""
    for path in sorted((ROOT / "examples").glob("*/pipeline.yaml")):
        if "    cassandra:" in path.read_text(encoding="utf-8"):
            continue  # asks the server for its columns
        said = sluice("explain", path.relative_to(ROOT), cwd=ROOT).must_exit(0).out
        if "source " not in said and "table " not in said:
            raise Failure(f"{path}: {said}")


def refusals(folder):
    place(folder, ORDERS.replace("sum(amount)", "sum(amont)"))
    must_say(ask(folder, "explain", code=2), "pipeline.yaml:8:", "amont")
    must_say(sluice("explain", "none.yaml", cwd=folder).must_exit(2), "none.yaml")
    must_say(ask(folder, "explain", "--format", "png", code=2), "--format")
