"""What Spark answered: the generated file beside each case. Written by record.py only."""

import json
import re
from dataclasses import dataclass

import yaml

from referee.case_file import Loader
from referee.values import from_json

HEAD = """\
# What Apache Spark {spark} answered, written by test/referee/record.py. Never edited by hand.
"""


@dataclass
class Trigger:
    """One micro-batch. `watermark` (or None) is the one it worked with; `late` are the rows that
    Spark's operators dropped, counted after their partial aggregation; `rows` None: none written."""

    batch: int
    rows_in: int
    watermark: str
    late: int
    rows: list


@dataclass
class Recording:
    """`error` is {class, message} where Spark refused (no triggers) or failed (after some)."""

    spark: str
    case: str
    columns: dict
    triggers: list
    error: dict

    @property
    def late(self):
        return sum(trigger.late for trigger in self.triggers)

    @property
    def watermark(self):
        marks = [trigger.watermark for trigger in self.triggers if trigger.watermark]
        return marks[-1] if marks else None


def write(path, recording):
    """One line a row, so that a diff shows what changed."""
    text = HEAD.format(spark=recording.spark)
    text += f"spark: {recording.spark}\ncase: {recording.case!r}\n"
    if recording.error:
        text += "error:\n"
        text += "".join(f"  {key}: {json.dumps(value)}\n" for key, value in recording.error.items())
    if recording.columns:
        text += "columns:\n"
        text += "".join(f"  {json.dumps(name)}: {json.dumps(kind)}\n"
                        for name, kind in recording.columns.items())
    text += "triggers:" + ("\n" if recording.triggers else " []\n")
    for trigger in recording.triggers:
        text += (f"  - batch: {trigger.batch}\n    rows_in: {trigger.rows_in}\n"
                 f"    watermark: {json.dumps(trigger.watermark)}\n    late: {trigger.late}\n")
        text += "    rows:" + ("\n" if trigger.rows else " []\n")
        for row in sorted(map(_row_text, trigger.rows)):
            text += f"      - {row}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _row_text(row):
    """As JSON; what YAML forbids or takes for the end of a line is escaped."""
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda at: f"\\u{ord(at[0]):04x}",
                  json.dumps(row, ensure_ascii=False))


def read(path):
    raw = yaml.load(path.read_text(), Loader)
    kinds = list((raw.get("columns") or {}).values())
    triggers = [Trigger(one["batch"], one["rows_in"], one["watermark"], one["late"],
                        [[from_json(cell, kind) for cell, kind in zip(row, kinds)]
                         for row in one["rows"]])
                for one in raw["triggers"]]
    return Recording(str(raw["spark"]), raw["case"], raw.get("columns") or {}, triggers,
                     raw.get("error"))
