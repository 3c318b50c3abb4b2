"""Whether the answer of a translated case is what sluice answers natively."""

import json

from referee import recording, suite
from referee.recording import Recording, Trigger
from referee.values import from_json
from support.case import Failure


def in_question(case):
    """Not those that sluice itself refuses."""
    return "refused" not in case.spec


def judge(case, path):
    """Raises Failure where the two differ."""
    given = json.loads(path.read_text())
    if "refused" in given:
        raise Failure(f"refused: {given['refused']}")
    expected = recording.read(case.recording_path)
    error = given["error"]
    if "differs" in case.spec:
        differs(case, given, expected)
        return
    if error and "fails" not in case.spec:
        raise Failure(f"Spark: {error['class']}: {error['message']}")
    answer = as_recording(case, given)
    if "fails" in case.spec and not error:
        raise Failure("it must fail, and did not")
    suite.expect_tables(expected, {one.batch: one.rows for one in answer.triggers}, case)
    if list(map(str.lower, expected.columns)) != list(map(str.lower, answer.columns)) and answer.columns:
        raise Failure(f"columns {list(answer.columns)}, recorded {list(expected.columns)}")
    marks = {one.batch: (one.watermark, one.late) for one in answer.triggers}
    for one in expected.triggers:
        if one.batch in marks and case.has_watermark and marks[one.batch] != (one.watermark, one.late):
            raise Failure(f"batch {one.batch}: watermark and late rows {marks[one.batch]}, recorded "
                          f"{(one.watermark, one.late)}")


def as_recording(case, given):
    kinds = list(given["columns"].values())
    return Recording("", case.hash, given["columns"],
                     [Trigger(batch, 0, watermark, late, read(rows, kinds))
                      for batch, rows, watermark, late in given["triggers"]], given["error"])


def read(rows, kinds):
    return [[from_json(cell, kind) for cell, kind in zip(row, kinds)] for row in rows]


def differs(case, given, expected):
    """Sluice's answer is DuckDB's over all the input there, or a failure."""
    if "batch" in given:
        found = given["batch"]
        if "error" in found:
            if "fails" in case.spec:
                return
            raise Failure(f"Spark, as a batch: {found['error']}")
        rows = read(found["rows"], list(found["columns"].values()))
    else:
        if given["error"]:
            if "fails" in case.spec:
                return
            raise Failure(f"Spark: {given['error']['class']}: {given['error']['message']}")
        answer = as_recording(case, given)
        if "fails" in case.spec:
            raise Failure("sluice fails, Spark does not")
        tables = {one.batch: one.rows for one in answer.triggers}
        rows = suite.final(case, tables)
    wanted = suite.batch_query.rows(case, expected)
    suite.expect_rows(wanted, rows, "DuckDB's rows over all the input, and Spark's of the translation",
                      more_allowed=case.mode == "update")
