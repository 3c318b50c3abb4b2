"""`sluice plan`: what it says of a changed file is what a run of that file then does."""

import json
import re

from support.case import Case, Failure, expect_equal
from support.program import Running, must_say, sluice

BEFORE = """\
name: shops
sources:
  orders: {csv: {path: in, schema: {id: INTEGER, shop: VARCHAR, amount: "DECIMAL(10,2)"}}}
tables:
  cities: {csv: {path: cities, schema: {shop: VARCHAR, city: VARCHAR}}}
views:
  large: SELECT id, shop, amount FROM orders WHERE amount > 1
  totals: SELECT shop, sum(amount) AS total FROM orders GROUP BY shop
  counts: SELECT shop, count(*) AS n FROM orders GROUP BY shop
sinks:
  large: {from: large, delta: {path: out/large}}
  totals: {from: totals, mode: upsert, key: shop, delta: {path: out/totals}}
  counts: {from: counts, mode: complete, csv: {path: out/counts}}
trigger: available_now
checkpoint: check
"""

NEXT = {"SELECT id, shop, amount FROM orders WHERE": "SELECT id, shop, amount, id + 1 AS next FROM orders WHERE"}

# Name: what is replaced by what, whether a run goes on, and lines of the plan, without spaces at the end.
CHANGES = {
    "nothing": ({}, True, ["kept source orders goes on at", "kept table cities is read again at the start",
                           "kept view totals its state goes on", "kept view large has no state",
                           "kept sink totals goes on after what it has", "8 kept: a run goes on"]),
    "layout": ({"SELECT shop, count(*) AS n FROM orders GROUP BY shop": "select SHOP, count( * ) as n from ORDERS group by shop"},
               True, ["kept view counts its state goes on"]),
    "select_list": ({"sum(amount) AS total": "sum(amount) * 2 AS total, count(*) FILTER (true) AS n"}, False,
                    ["refused view totals E_STATE_CHANGED"]),
    "having": ({"FROM orders GROUP BY shop\n  counts": "FROM orders GROUP BY shop HAVING sum(amount) > 5\n  counts"}, True,
               ["changed view totals its state goes on, and fits the SQL that has changed", "was: SELECT shop, sum(amount) AS total"]),
    "filter": ({"amount > 1": "amount > 2"}, True, ["changed view large has no state: other SQL from now on",
                                                    "is: SELECT id, shop, amount FROM orders WHERE amount > 2"]),
    "other_key": ({"GROUP BY shop\nsinks": "GROUP BY shop, id\nsinks"}, False,
                  ["refused view counts E_STATE_CHANGED", "was: SELECT shop, count(*) AS n FROM orders GROUP BY shop"]),
    "new_view": ({"sinks:\n": "  most: SELECT shop, max(amount) AS m FROM orders GROUP BY shop\nsinks:\n"
                              "  most: {from: most, mode: complete, csv: {path: out/most}}\n"}, True,
                 ["new view most its state starts empty: rows read before are not in it", "new sink most gets the whole result"]),
    "new_sink": ({"sinks:\n": "sinks:\n  again: {from: large, csv: {path: out/again}}\n"}, True,
                 ["new sink again gets the rows from now on, and none of those before"]),
    "dropped_view": ({"  counts: SELECT shop, count(*) AS n FROM orders GROUP BY shop\n": "",
                      "  counts: {from: counts, mode: complete, csv: {path: out/counts}}\n": ""}, True,
                     ["dropped view counts its state is kept, and lacks the batches to come",
                      "dropped sink counts what it has stays there, and no more comes"]),
    "new_column": ({**NEXT, "delta: {path: out/large}": "delta: {path: out/large, on_new_field: add}"}, True,
                   ["changed view large", "column next INTEGER is new", "changed sink large goes on after what it has",
                    "delta.on_new_field: fail -> add", "whether its target takes them: sluice check --connect"]),
    "lost_source": ({"  orders: {csv": "  sales: {csv", "FROM orders": "FROM sales"}, False,
                    ["refused source orders E_SOURCE_ORPHAN", "if it was renamed (new in the file: sales): write 'renamed_from: orders'",
                     "new source sales is read from where its 'start' says"]),
    "renamed_source": ({"  orders: {csv": "  sales: {renamed_from: orders, csv",
                        "FROM orders WHERE": "FROM sales WHERE",
                        "  totals: SELECT shop, sum(amount) AS total FROM orders GROUP BY shop\n": "",
                        "  counts: SELECT shop, count(*) AS n FROM orders GROUP BY shop\n": "",
                        "  totals: {from: totals, mode: upsert, key: shop, delta: {path: out/totals}}\n": "",
                        "  counts: {from: counts, mode: complete, csv: {path: out/counts}}\n": ""}, True,
                       ["changed source sales was orders; goes on at"]),
    "zone": ({"name: shops\n": "name: shops\ntimezone: Asia/Tokyo\n"}, False,
             ["changed option timezone UTC -> Asia/Tokyo", "refused view totals E_STATE_CHANGED: its state was made with timezone: UTC"]),
    "trigger": ({"trigger: available_now": "trigger: once"}, True, ["changed option trigger available_now -> once"]),
    "options": ({"csv: {path: out/counts}": "csv: {path: out/counts, delimiter: \";\"}"}, True,
                ["changed sink counts", "csv.delimiter: , -> ;"]),
}


def cases():
    for name, change in CHANGES.items():
        yield Case(f"plan_{name}", lambda folder, change=change: changed(folder, *change))
    yield Case("plan_of_a_column_that_the_table_lacks", refused_column)
    yield Case("plan_of_a_view_that_was_away", away)
    yield Case("plan_while_it_runs", running)
    yield Case("plan_refuses", refuses)


def ran(folder):
    for name, text in (("in/1.csv", "id,shop,amount\n1,a,1.50\n2,b,2.25\n"), ("cities/1.csv", "shop,city\na,A\n")):
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    (folder / "before.yaml").write_text(BEFORE)
    sluice("run", "before.yaml", cwd=folder).must_exit(0)


def plain(text):
    return [re.sub(r" +", " ", line.strip()) for line in text.splitlines()]


def must_have_lines(text, *lines):
    there = plain(text)
    for line in lines:
        if not any(one.startswith(line) for one in there):
            raise Failure(f"'{line}' is not in\n{text}")


def changed(folder, replaced, goes_on, lines):
    """Against the checkpoint, against the file of before, and then for real."""
    ran(folder)
    text = BEFORE
    for old, new in replaced.items():
        if old not in text:
            raise Failure(f"nothing to replace: {old}")
        text = text.replace(old, new)
    (folder / "after.yaml").write_text(text)
    code = 0 if goes_on else 2
    before = {path: path.read_bytes() for path in (folder / "check").rglob("*") if path.is_file()}
    of_checkpoint = sluice("plan", "after.yaml", cwd=folder).must_exit(code).out
    expect_equal(before, {path: path.read_bytes() for path in (folder / "check").rglob("*") if path.is_file()}, "the checkpoint")
    must_have_lines(of_checkpoint, "check, after batch 0 -> after.yaml", *lines)
    of_files = sluice("plan", "before.yaml", "after.yaml", cwd=folder).must_exit(code).out
    must_have_lines(of_files, "before.yaml -> after.yaml", *(line.removesuffix(" at") for line in lines))
    made = json.loads(sluice("plan", "after.yaml", "--format", "json", cwd=folder).must_exit(code).out)
    expect_equal((1, goes_on), (made["version"], made["possible"]), "JSON")
    (folder / "in/2.csv").write_text("id,shop,amount\n3,a,4.00\n")
    run = sluice("run", "after.yaml", cwd=folder).must_exit(code)
    for error in re.findall(r"E_\w+", of_checkpoint)[:1]:
        must_say(run, error)


def refused_column(folder):
    """Only the target knows: the plan says who asks it."""
    ran(folder)
    (old, new), = NEXT.items()
    (folder / "after.yaml").write_text(BEFORE.replace(old, new))
    must_have_lines(sluice("plan", "after.yaml", cwd=folder).must_exit(0).out, "whether its target takes them: sluice check --connect")
    said = '"next" is not in the table'
    if said not in sluice("check", "--connect", "after.yaml", cwd=folder).out:
        raise Failure("sluice check --connect does not say it")
    must_say(sluice("run", "after.yaml", cwd=folder).must_exit(2), said)


def away(folder):
    """A view that comes back after a batch without it would be wrong without a word."""
    ran(folder)
    without = BEFORE.replace("  counts: SELECT shop, count(*) AS n FROM orders GROUP BY shop\n", "") \
                    .replace("  counts: {from: counts, mode: complete, csv: {path: out/counts}}\n", "")
    (folder / "without.yaml").write_text(without)
    sluice("run", "without.yaml", cwd=folder).must_exit(0)
    must_have_lines(sluice("plan", "before.yaml", cwd=folder).must_exit(0).out, "kept view counts its state goes on")
    (folder / "in/2.csv").write_text("id,shop,amount\n3,a,4.00\n")
    sluice("run", "without.yaml", cwd=folder).must_exit(0)
    said = "E_STATE_CHANGED: view 'counts' was not in the pipeline in batch 1, whose rows its state lacks"
    must_have_lines(sluice("plan", "before.yaml", cwd=folder).must_exit(2).out, f"refused view counts {said}")
    must_say(sluice("run", "before.yaml", cwd=folder).must_exit(2), said)
    renamed = BEFORE.replace("counts", "counted")
    (folder / "renamed.yaml").write_text(renamed)
    sluice("run", "renamed.yaml", cwd=folder).must_exit(0)


def running(folder):
    """The checkpoint of a run at work, which goes on undisturbed."""
    ran(folder)
    (folder / "stream.yaml").write_text(BEFORE.replace("trigger: available_now", "trigger: {every: 100ms}"))
    run = Running("run", "stream.yaml", "--progress", "log", cwd=folder)
    try:
        (folder / "in/2.csv").write_text("id,shop,amount\n3,a,4.00\n")
        run.wait_for(lambda _, err: "batch 1: " in err, "batch 1")
        must_have_lines(sluice("plan", "stream.yaml", cwd=folder).must_exit(0).out, "kept view totals its state goes on")
        (folder / "in/3.csv").write_text("id,shop,amount\n4,a,4.00\n")
        run.wait_for(lambda _, err: "batch 2: " in err, "batch 2")
    finally:
        run.stop().must_exit(0)


def refuses(folder):
    (folder / "before.yaml").write_text(BEFORE)
    for name in ("in", "cities"):
        (folder / name).mkdir()
    must_say(sluice("plan", "before.yaml", cwd=folder).must_exit(2), "there is no checkpoint: path=check")
    must_say(sluice("plan", "before.yaml", "before.yaml", "--checkpoint", "check", cwd=folder).must_exit(2), "leave out the other")
    (folder / "broken.yaml").write_text(BEFORE.replace("sum(amount)", "sum(amuont)"))
    must_say(sluice("plan", "before.yaml", "broken.yaml", cwd=folder).must_exit(2), "broken.yaml:8:", "amuont")
    for name in ("in", "cities"):
        (folder / name).rmdir()
    ran(folder)
    (folder / "variable.yaml").write_text(BEFORE.replace("path: in,", 'path: "${PLACE}",'))
    sluice("run", "variable.yaml", cwd=folder, env={"PLACE": "in"}).must_exit(0)
    must_say(sluice("plan", "before.yaml", cwd=folder).must_exit(0), "options and columns are not compared", "PLACE")
