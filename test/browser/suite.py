"""The live page in a real browser, over a pipeline that runs: what it shows, what it can be asked, without a
pointer, on a phone, in the dark, and when the connection is lost. Whatever a case checks, it fails, too, when the
page asks another host for anything or an error is on the console."""

from support import browser
from support.case import Case
from support.live import Live

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
trigger: {every: 200ms}
checkpoint: checkpoint
"""
NODES = 7
PAGES = ["overview", "batches", "log", "config"]
HEADINGS = [None, "Batches", "Log", "Configuration"]


def cases():
    yield Case("overview", lambda folder: check(folder, "overview", nodes=NODES))
    yield Case("pages", lambda folder: check(folder, "pages", pages=PAGES))
    yield Case("actions", lambda folder: check(folder, "actions"))
    yield Case("keyboard", lambda folder: check(folder, "keyboard", headings=HEADINGS, search=3))
    yield Case("tabs", lambda folder: check(folder, "tabs", count=8))
    yield Case("login", login)
    yield Case("reconnect", reconnect)


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


def reconnect(folder):
    """kill -9, and another run on the same port: the page finds it by itself."""
    browser.packages(), browser.chromium()
    live = serve(folder)
    runs = [live]

    def cut():
        runs[-1].running.kill()

    def join():
        runs.append(serve(folder, address=f"127.0.0.1:{live.port}"))

    try:
        browser.check(live.url, "reconnect", folder, {"cut": cut, "join": join}, pipeline="orders")
    finally:
        runs[-1].running.kill()
