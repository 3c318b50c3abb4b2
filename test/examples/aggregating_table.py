"""examples/aggregating_table: a Delta table into another, once and as a stream, beside plain DuckDB."""

from support import tables
from support.case import Case
from support.program import ROOT, sluice
from support.s3 import shared_s3


def cases():
    yield Case("aggregating_table", lambda folder: aggregate(folder / "lake", folder, {}))
    yield Case("aggregating_table_on_s3", on_s3)


def on_s3(folder):
    store = shared_s3()
    aggregate(store.make_bucket("aggregating"), folder, {**store.env, "LAKE": "s3://aggregating"})


def aggregate(lake, folder, env):
    """`lake` is the folder in which the example's tables lie."""
    env = {"LAKE": lake, "OUT": folder, **env}
    for rows in (5000, 20_000):
        for name in ("orders", "batch", "stream", "stream"):
            sluice("run", f"examples/aggregating_table/{name}.yaml", cwd=ROOT,
                   env={**env, "ROWS": rows}).must_exit(0)
        duck = tables.connection()
        for table in ("orders", "shops_batch", "shops_stream"):
            tables.define_table(duck, table, "delta", lake / table)
        expected = ("SELECT shop, day, count(*) AS orders, sum(amount) AS amount FROM orders "
                    "GROUP BY shop, day")
        tables.expect_same_rows(duck, expected, "SELECT shop, day, orders, amount FROM shops_stream",
                                "the stream's table")
        tables.expect_same_rows(
            duck, f"SELECT *, rank() OVER (PARTITION BY day ORDER BY amount DESC) FROM ({expected})",
            "SELECT shop, day, orders, amount, place FROM shops_batch", "the batch's table")
