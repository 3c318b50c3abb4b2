"""`sluice infer` of anything: what it prints runs, and has as many dead letters as it said, or it says that there is nothing.

SOAK=1 does so some hundreds of times.
"""

import json
import os
import random
import re

from support.case import Case, Failure, expect_equal
from support.program import sluice

FILES = 400 if os.environ.get("SOAK") else 12

FIELDS = ["1", "-5", "007", "1.5", "1,5", '"x, y"', '"a""b"', "n/a", "", '""', "2024-01-01", "01/02/2024", "13/02/2024", "true", "€ 5", "1e5", "NaN",
          "\\N", "x", "9" * 25, "9" * 45, "'q'", '"open', "a\tb", "10:30", "2024-01-01T10:00:00Z", "1.234,50", "1,234.5", "ÿ", "日本", '{"a":1}',
          "-", "+49", "0", "5 %", " 7 ", "1700000000", "#", "1.2.3"]
HEADERS = ["id", "name", "Größe", "a", "A", "", "price", "created_at", "zip", "1", "select", '"q;x"']
VALUES = [1, -5, "007", 1.5, "1,5", "n/a", "", None, True, "2024-01-01", "13/02/2024", [1, "x"], [], {}, {"x": 1}, {"X": [{"y": 2}]}, 10 ** 30,
          10 ** 40, 1e300, "NaN", "2024-01-01T10:00:00Z", [[1], [2.5]], 0.1 + 0.2, "\u0000", "日本", -0.0, {"": 1}, {"a b": None}, 1700000000000]
NAMES = ["id", "name", "a", "A", "price", "created_at", "x y", "ü", "order", ""]


def cases():
    yield Case("infer_anything", anything)


def anything(folder):
    for seed in range(FILES):
        dice = random.Random(seed)
        place = folder / str(seed)
        place.mkdir()
        name, content = csv(dice) if seed % 2 else records(dice)
        (place / name).write_bytes(content)
        try:
            one(place, name)
        except Failure as failure:
            raise Failure(f"seed {seed}: {failure}")


def one(folder, name):
    looked = sluice("infer", name, "--to", "rows.jsonl", cwd=folder)
    if looked.exit == 2 and "E_NOTHING_TO_INFER" in looked.err:
        return
    looked.must_exit(0)
    (folder / "pipeline.yaml").write_text(looked.out, encoding="utf-8")
    sluice("check", "pipeline.yaml", cwd=folder).must_exit(0)
    done = sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    said = re.search(r"^# ([\d,]+) of them do", looked.out, re.MULTILINE)
    letters = re.search(r"^  out(?: +[\d,]+){3} +([\d,]+)", done.err, re.MULTILINE)
    expect_equal(said[1] if said else "0", letters[1], f"dead letters of\n{looked.out}{done.err}")


def csv(dice):
    columns = [dice.sample(FIELDS, dice.randint(1, 3)) for _ in range(dice.randint(1, 6))]
    delimiter = dice.choice(",;\t|")
    lines = [delimiter.join(dice.choice(HEADERS) for _ in columns)] if dice.random() < 0.8 else []
    for _ in range(dice.randint(0, 40)):
        row = [dice.choice(column) for column in columns]
        lines.append(delimiter.join(row + ["extra"] if dice.random() < 0.05 else row))
    if dice.random() < 0.1:
        lines.insert(0, "Some report")
    text = dice.choice(["\n", "\r\n"]).join(lines) + dice.choice(["", "\n"])
    if dice.random() < 0.1:
        return "f.csv", text.encode("latin-1", "replace")
    return "f.csv", (("\ufeff" if dice.random() < 0.1 else "") + text).encode()


def records(dice):
    pools = {name: dice.sample(VALUES, dice.randint(1, 3)) for name in dice.sample(NAMES, dice.randint(1, 6))}
    lines = []
    for _ in range(dice.randint(0, 40)):
        line = json.dumps({name: dice.choice(pool) for name, pool in pools.items() if dice.random() < 0.9})
        line = line[:-1] if dice.random() < 0.05 else line
        line = "[]" if dice.random() < 0.03 else line
        lines.append(line.replace("{", '{"id":1,', 1) if dice.random() < 0.03 else line)
    return "f.jsonl", ("\n".join(lines) + "\n").encode()
