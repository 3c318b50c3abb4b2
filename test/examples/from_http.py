"""The example that reads a feed, from the server beside it."""

import subprocess
import sys

from support import tables
from support.case import Case, Failure
from support.program import ROOT, sluice


def cases():
    yield Case("http_feed", http_feed)


def http_feed(folder):
    """Polled three times while it grows: each quake once, and those with a slip among the dead letters."""
    feed = subprocess.Popen([sys.executable, ROOT / "examples/http_feed/serve.py", "0"], stdout=subprocess.PIPE,
                            text=True)
    try:
        url = feed.stdout.readline().strip()
        for _ in range(3):
            sluice("run", "examples/http_feed/pipeline.yaml", "--available-now", cwd=ROOT,
                   env={"FEED": url, "OUT": folder}).must_exit(0)
    finally:
        feed.kill()
        feed.wait()
        feed.stdout.close()
    duck = tables.connection()
    tables.define_table(duck, "quakes", "delta", folder / "quakes")
    rows, ids, newest, places = duck.execute(
        "SELECT count(*), count(DISTINCT id), max(CAST(id[2:] AS INTEGER)), count(DISTINCT place) FROM quakes").fetchone()
    slips = sum(number % 50 == 49 for number in range(newest + 1))
    if rows != ids or rows != newest + 1 - slips or rows < 39 or places != 5:
        raise Failure(f"{rows} rows, {ids} ids, the newest is {newest}, {slips} slips, {places} places")
