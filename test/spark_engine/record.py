#!/usr/bin/env python3
"""Writes translate/*.txt again, for review in the diff: what each block's SQL becomes today."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from spark_engine.sql import HERE, blocks, translated  # noqa: E402


def main():
    for path in sorted((HERE / "translate").glob("*.txt")):
        path.write_text("".join(f"=== {title}\n{sql}\n---\n{translated(title, sql)}\n\n"
                                for title, sql, _ in blocks(path)))


if __name__ == "__main__":
    main()
