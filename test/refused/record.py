#!/usr/bin/env python3
"""Writes the messages of refused constructs again, for review in the diff: record.py [FILE...]"""

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(names):
    sys.path.insert(0, str(HERE.parent))
    from refused.suite import constructs, message_of
    from support.case import Failure

    taken = []
    for path in sorted(HERE.glob("*.txt")):
        if names and path.stem not in names:
            continue
        blocks = []
        for title, text, _ in constructs(path):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    message = message_of(title, text, Path(folder))
                except Failure as failure:
                    taken.append(f"{path.stem}: {failure}")
                    message = ""
            blocks.append(f"=== {title}\n{text}\n--- {message}\n")
        path.write_text("\n".join(blocks), encoding="utf-8")
    if taken:
        sys.exit("\n".join(taken))


if __name__ == "__main__":
    main(sys.argv[1:])
