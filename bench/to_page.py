#!/usr/bin/env python3
"""Measures how long a message takes from its producer to the page: broker, batch, chart, stream of events, browser.

    bench/to_page.py [--messages 100] [--write]

What test/browser/message.mjs does, many times: each record is sent to a real broker once the one before it is seen
in a table of the dashboard in Chromium. --write puts the line into bench/README.md.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# This folder last: it has an http.py.
sys.path[0] = str(ROOT / "test")
sys.path.append(str(ROOT / "bench"))

from browser.suite import message  # noqa: E402
from report import write_section  # noqa: E402
from support.kafka import stop_shared_kafka  # noqa: E402


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--messages", type=int, default=100)
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="sluice-to-page-", dir=ROOT / "build") as folder:
            # The first one waits for what starts.
            times = sorted(1000 * each for each in message(Path(folder), given.messages + 1)[1:])
    finally:
        stop_shared_kafka()
    text = (f"Of {len(times)} messages, one after the other, the median was on the page after {statistics.median(times):.0f} ms, "
            f"9 of 10 after {times[len(times) * 9 // 10]:.0f} ms, the slowest after {times[-1]:.0f} ms.")
    print(text)
    if given.write:
        write_section("to_page", text)


if __name__ == "__main__":
    main()
