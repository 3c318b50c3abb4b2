"""Makes test/upgrades/<name>/kept.tar.gz with the program as it is: a checkpoint and its tables, as a run
leaves them that was killed between the commit of a batch and its publishing, with half of the input.

    test/upgrades/make_kept.py NAME        then commit it; it is never made again

A checkpoint knows the folders that it has read: `moved_from: KEPT_AT/in/...` in the pipeline file says where they were.

The input is written by the same script, so that a later layout needs its name only.
"""

import json
import random
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
FILES = 6
KILLED_IN = 4  # batches


def write_input(folder):
    """Times rise from file to file and end alike, so that no row is late."""
    chance = random.Random(11)
    for name in ("lines", "partners", "csv"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(FILES):
        minutes = sorted(chance.randrange(number * 60, (number + 1) * 60) for _ in range(12))
        minutes[-1] = (number + 1) * 60 - 1
        at = [f"2024-03-01 {m // 60:02}:{m % 60:02}:00" for m in minutes]
        with open(folder / "lines" / f"{number}.jsonl", "w") as file:
            for time in at:
                row = {"id": chance.randrange(30), "k": chance.choice("abcdé"), "n": chance.randrange(100),
                       "x": f"{chance.randrange(100_000) / 1000:.3f}", "ts": time}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        with open(folder / "partners" / f"{number}.jsonl", "w") as file:
            for time in at[::2] + at[-1:]:
                row = {"pid": chance.randrange(30), "note": f"note {number}", "pts": time}
                file.write(json.dumps(row) + "\n")
        with open(folder / "csv" / f"{number}.csv", "w") as file:
            file.write("c,m\n")
            for _ in range(5):
                file.write(f"{chance.choice(['x', 'y z', 'ü'])},{chance.randrange(10**12)}\n")


def main(name):
    from support.program import sluice

    folder = HERE / name
    write_input(folder / "input")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        text = (folder / "pipeline.yaml").read_text()
        (scratch / "pipeline.yaml").write_text(re.sub(r"[,\n] *moved_from: KEPT_AT[^,\n]*", "", text))
        (scratch / "kept_at").write_text(str(scratch))
        subprocess.run(["cp", "-r", folder / "input", scratch / "in"], check=True)
        for half in (scratch / "in").glob("*/*"):
            if int(half.stem) >= FILES // 2 + 1:
                half.unlink()
        died = sluice("run", "pipeline.yaml", cwd=scratch, env={"SLUICE_CRASH": f"engine.committed:{KILLED_IN}"})
        if died.exit != -signal.SIGKILL:
            sys.exit(f"it ended with exit code {died.exit}\n{died.err}")
        with tarfile.open(folder / "kept.tar.gz", "w:gz", compresslevel=9) as archive:
            for part in ("checkpoint", "out", "kept_at"):
                archive.add(scratch / part, part)
    print(f"{folder / 'kept.tar.gz'}: {(folder / 'kept.tar.gz').stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
