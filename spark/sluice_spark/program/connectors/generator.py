"""Made-up rows: Spark's rate source, where it is equal: numbers in a sequence, so many a second."""

from ...types import quoted
from ..code import chain, literal, options
from ..reader import Reader

REASON = ("Spark's source `rate` has numbers in a sequence and nothing else: let a native sluice write the rows into a "
          "topic or files, and read those here")


def stream(context, source):
    part = source.connector
    columns = part.get("columns", {})
    if any(set(kind) != {"sequence"} for kind in columns.values()):
        part.refuse("columns", REASON)
    for name in ("rows", "gaps", "duplicates"):
        if name in part.given:
            part.refuse(name, f"'{name}' has no equal on Spark. {REASON}")
    rate = part.get("rows_per_second")
    if not rate or rate != int(rate):
        part.refuse("", f"Spark makes rows by the second: give a whole 'rows_per_second'. {REASON}")
    made = []
    for name, kind in columns.items():
        step, start = (kind["sequence"] or {}).get("step", 1), (kind["sequence"] or {}).get("start", 0)
        made.append(f"{start} + {step} * value AS {quoted(name)}")
    frame = chain('spark.readStream.format("rate")', [*options([("rowsPerSecond", str(int(rate)))]), ".load()",
                                                      f".selectExpr({', '.join(map(literal, made))})"])
    return Reader(frame, f"{int(rate)} made-up rows a second", is_rows=True)
