"""Functions that are SQL expressions: the same rows as with the expression in the place of each call."""

from functions.place import appended, complete, feed, rows_by_duckdb, rows_of, run, write_pipeline
from loop.place import ask
from support.case import Case, Failure, expect_equal
from support.program import must_say, sluice

FUNCTIONS = """
net: {args: [amount, rate], sql: "amount * (1 - coalesce(rate, 0))"}
cents: {args: {amount: "DECIMAL(12,2)"}, returns: BIGINT, sql: round(amount * 100)}
net_cents: {args: [a, b], sql: "cents(net(a, b))"}
turnover: {args: [amount, rate], sql: "sum(net(amount, rate)) FILTER (WHERE amount > 1)"}
loud: {args: [words], sql: "list_transform(words, w -> upper(w) || '!')"}
answer: {sql: 40 + 2}
to_minute: {args: [time], sql: "date_trunc('minute', time)"}
end_of: {args: [span], sql: span.end}
"""

# A call, and what plain DuckDB is asked in its place.
EQUAL = {
    "rows": ("SELECT id, net(price, rate) AS net, Net_Cents(price, rate) AS cents, loud(tags) AS loud, answer() AS answer FROM sales "
             "WHERE net(price, rate) > 3",
             "SELECT id, price * (1 - coalesce(rate, 0)) AS net, CAST(round(CAST(price * (1 - coalesce(rate, 0)) AS DECIMAL(12,2)) * 100) "
             "AS BIGINT) AS cents, list_transform(tags, w -> upper(w) || '!') AS loud, 42 AS answer FROM sales "
             "WHERE price * (1 - coalesce(rate, 0)) > 3"),
    "nested": ("SELECT id, net(net(price, rate), rate / 2) AS n FROM sales",
               "SELECT id, price * (1 - coalesce(rate, 0)) * (1 - coalesce(rate / 2, 0)) AS n FROM sales"),
    "named": ("SELECT id, net(amount := price, rate := rate) AS n FROM sales", "SELECT id, price * (1 - coalesce(rate, 0)) AS n FROM sales"),
    "subquery": ("SELECT id, n FROM (SELECT id, net(price, rate) AS n FROM sales) AS s WHERE net(n, 0) > 1",
                 "SELECT id, price * (1 - coalesce(rate, 0)) AS n FROM sales WHERE price * (1 - coalesce(rate, 0)) > 1"),
    "once": ("SELECT DISTINCT cents(price) AS c FROM sales", "SELECT DISTINCT CAST(round(price * 100) AS BIGINT) AS c FROM sales"),
}
RESULTS = {
    "totals": ("SELECT shop, round(turnover(price, rate), 6) AS total, count(*) AS n FROM sales GROUP BY shop",
               "SELECT shop, round(sum(price * (1 - coalesce(rate, 0))) FILTER (WHERE price > 1), 6) AS total, count(*) AS n FROM sales GROUP BY shop"),
    "keys": ("SELECT to_minute(ts) AS m, max(net(price, rate)) AS top FROM sales GROUP BY to_minute(ts) HAVING answer() > 1",
             "SELECT date_trunc('minute', ts) AS m, max(price * (1 - coalesce(rate, 0))) AS top FROM sales GROUP BY 1"),
    "spans": ("SELECT end_of(window) AS e, count(*) AS n FROM sales GROUP BY window(ts, '1 minute')",
              "SELECT date_trunc('minute', ts) + INTERVAL 1 MINUTE AS e, count(*) AS n FROM sales GROUP BY 1"),
}


def cases():
    yield Case("expressions/rows", rows)
    yield Case("expressions/results", results)
    yield Case("expressions/column_names", column_names)
    yield Case("expressions/changed", changed)
    yield Case("expressions/rehearsed", rehearsed)
    yield Case("expressions/charts", charts)


def rows(folder):
    feed(folder)
    write_pipeline(folder, FUNCTIONS, {name: appended(sql, name) for name, (sql, _) in EQUAL.items()})
    run(folder)
    for name, (_, plain) in EQUAL.items():
        expect_equal(rows_by_duckdb(plain), rows_of(folder, name), name)


def results(folder):
    feed(folder)
    write_pipeline(folder, FUNCTIONS, {name: complete(sql, name) for name, (sql, _) in RESULTS.items()})
    run(folder)
    for name, (_, plain) in RESULTS.items():
        expect_equal(rows_by_duckdb(plain), rows_of(folder, name, "delta"), name)


def column_names(folder):
    """A column without a name is called as it is written, as with DuckDB's own functions."""
    feed(folder)
    write_pipeline(folder, FUNCTIONS, {"named": appended("SELECT answer(), net(1, 0.5) FROM sales", "named")})
    out = ask(folder, "preview", "--view", "named", "--format", "csv").out.splitlines()[0]
    expect_equal('answer(),"net(1, 0.5)"', out, "the header")


def changed(folder):
    """Another expression is other SQL: a state that was made by the old one does not go on."""
    feed(folder)
    view = {"totals": complete("SELECT shop, turnover(price, rate) AS total FROM sales GROUP BY shop", "totals")}
    write_pipeline(folder, FUNCTIONS, view)
    run(folder)
    write_pipeline(folder, FUNCTIONS.replace("amount > 1", "amount > 2"), view)
    must_say(run(folder, code=2), "E_STATE_CHANGED", "view 'totals'")
    must_say(ask(folder, "plan", code=2), "totals", "FILTER (WHERE price > 2)")
    # One that it does not call is its own business.
    write_pipeline(folder, FUNCTIONS.replace("40 + 2", "40 + 3"), view)
    run(folder)


def rehearsed(folder):
    """preview, test, explain and check know them."""
    feed(folder)
    write_pipeline(folder, FUNCTIONS, {"nets": appended("SELECT id, net(price, rate) AS n FROM sales", "nets")})
    (folder / "pipeline.test.yaml").write_text("""\
tests:
  net:
    batches:
      - rows: {sales: [{id: 1, price: 10, rate: 0.25}]}
        expect: {nets: [{id: 1, n: 7.5}]}
""")
    must_say(sluice("test", cwd=folder).must_exit(0), "1 passed")
    ask(folder, "check")
    ask(folder, "explain")
    must_say(ask(folder, "preview"), "6.25625")
    if (folder / "out").exists():
        raise Failure("a preview has written")


def charts(folder):
    """A chart's own SQL may call them."""
    feed(folder)
    write_pipeline(folder, FUNCTIONS, {"nets": appended("SELECT shop, price, rate FROM sales", "nets")})
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(text + "charts: {net: {title: Net, sql: \"SELECT sum(net(price, rate)) AS n FROM nets\", number: {value: n}}}\n")
    run(folder)
