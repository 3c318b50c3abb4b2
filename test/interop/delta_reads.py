"""Checks a Delta table that sluice wrote with readers that are not ours (deltalake, pyarrow).

    python3 test/interop/delta_reads.py FOLDER [ROWS]

As a module: describe(), sums(), history() say what a reader sees; check_table() raises an
AssertionError that says what is wrong. Nothing here writes.
"""

import json
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import deltalake
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CHECKPOINT_INTERVAL = 10


def describe(folder, version=None):
    """What a reader sees of one version: rows, files, columns (name -> Arrow type), protocol."""
    table = deltalake.DeltaTable(str(folder), version=version)
    protocol = table.protocol()
    return {
        "version": table.version(),
        "rows": read(folder, version).num_rows,
        "files": len(table.file_uris()),
        "columns": {field.name: str(field.type) for field in pa.schema(table.schema())},
        "partition_by": table.metadata().partition_columns,
        "protocol": (protocol.min_reader_version, protocol.min_writer_version),
        "features": sorted(protocol.writer_features or []),
    }


def read(folder, version=None):
    """All rows of one version as an Arrow table."""
    return deltalake.DeltaTable(str(folder), version=version).to_pyarrow_table()


def sums(folder, columns, version=None):
    """Exact sums of decimal or integer columns; None for a table without rows."""
    rows = read(folder, version)
    out = {}
    for name in columns:
        column = rows[name]
        if pa.types.is_decimal(column.type):
            # Arrow's own sum keeps the column's width and would overflow.
            column = column.cast(pa.decimal256(60, column.type.scale))
        out[name] = pc.sum(column).as_py()
    return out


def history(folder):
    """The commits of sluice, oldest first: version, operation, and what userMetadata holds."""
    commits = []
    for commit in reversed(deltalake.DeltaTable(str(folder)).history()):
        ours = json.loads(commit.get("userMetadata") or "{}")
        commits.append({"version": commit["version"], "operation": commit["operation"], **ours})
    return commits


def log_entries(folder):
    """Version -> its actions, of the entries that are there."""
    return {
        int(path.stem): [json.loads(line) for line in path.read_text().splitlines() if line]
        for path in sorted((Path(folder) / "_delta_log").glob("[0-9]*.json"))
    }


def check_history(folder):
    """Each pipeline/sink has written its batches once, in order; the txn says the same."""
    last = {}
    for version, actions in log_entries(folder).items():
        info = next((a["commitInfo"] for a in actions if "commitInfo" in a), {})
        added = [a["add"] for a in actions if "add" in a]
        for txn in (a["txn"] for a in actions if "txn" in a):
            ours = json.loads(info["userMetadata"])
            if txn["appId"].endswith("/epoch"):  # a run's claim, not a batch
                assert txn["version"] == ours["epoch"], f"version {version}: {txn} but {ours}"
                continue
            who = f"{ours['pipeline']}/{ours['sink']}"
            assert txn["appId"] == who, f"version {version}: txn of {txn['appId']}, commit of {who}"
            assert txn["version"] == ours["batch"], f"version {version}: {txn} but {ours}"
            assert ours["batch"] > last.get(who, -1), f"version {version}: batch {ours['batch']} again"
            last[who] = ours["batch"]
            rows = sum(json.loads(add["stats"])["numRecords"] for add in added)
            assert rows == ours["rows"], f"version {version}: {rows} rows added, {ours['rows']} told"
    return last


def check_files(folder):
    """Every file that an entry adds is on disk as the entry says, and the statistics hold."""
    folder = Path(folder)
    for version, actions in log_entries(folder).items():
        for add in (a["add"] for a in actions if "add" in a):
            path = folder / unquote(add["path"])
            where = f"version {version}, {path.name}"
            assert path.stat().st_size == add["size"], f"{where}: {path.stat().st_size} bytes"
            # Not read_table(): that would take a folder's name for a column.
            rows = pq.ParquetFile(path).read()
            stats = json.loads(add["stats"], parse_float=Decimal)
            assert rows.num_rows == stats["numRecords"], f"{where}: {rows.num_rows} rows"
            assert not set(add["partitionValues"]) & set(rows.column_names), where
            _check_statistics(where, rows, stats)


def _check_statistics(where, rows, stats):
    for name, count in stats.get("nullCount", {}).items():
        if not isinstance(count, dict):
            assert rows[name].null_count == count, f"{where}: {name} has {rows[name].null_count} NULL"
    for bound, sign in (("minValues", -1), ("maxValues", 1)):
        for name, text in stats.get(bound, {}).items():
            limit = _limit(text, rows[name].type)
            outermost = (pc.min if sign < 0 else pc.max)(rows[name]).as_py()
            assert outermost is None or _order(outermost, limit) * sign <= 0, (
                f"{where}: {name} has {outermost} beyond {bound} {text}")


def _order(a, b):
    return (a > b) - (a < b)


def _limit(text, kind):
    """A bound of the statistics as the value that Arrow gives for such a column."""
    if pa.types.is_timestamp(kind):
        moment = datetime.fromisoformat(text)
        return moment if kind.tz else moment.replace(tzinfo=None)
    if pa.types.is_date(kind):
        return date.fromisoformat(text)
    if isinstance(text, str):
        return text
    return text if pa.types.is_decimal(kind) else type(pa.scalar(0, kind).as_py())(text)


def check_checkpoints(folder):
    """The newest multiple of the interval is covered, and the hint points at a checkpoint."""
    log = Path(folder) / "_delta_log"
    newest = max(log_entries(folder))
    written = [int(path.name[:20]) for path in log.glob("*.checkpoint*.parquet")]
    due = newest // CHECKPOINT_INTERVAL * CHECKPOINT_INTERVAL
    assert not due or max(written, default=0) >= due, f"version {newest}, checkpoints {written}"
    hint = log / "_last_checkpoint"
    # May lag behind after a kill between the two; a hint at nothing would be wrong.
    assert not hint.exists() or json.loads(hint.read_text())["version"] in written, hint.read_text()


def orphans(folder):
    """Data files that no log entry names: staged and not published, or left by a kill."""
    named = {
        unquote(action["add"]["path"])
        for actions in log_entries(folder).values()
        for action in actions
        if "add" in action
    }
    folder = Path(folder)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*.parquet")}
    return sorted(p for p in there - named if not p.startswith("_delta_log"))


def check_table(folder, rows=None):
    """All checks; `rows` is the number of rows of the newest version. Gives describe()."""
    check_history(folder)
    check_files(folder)
    check_checkpoints(folder)
    seen = describe(folder)
    assert rows is None or seen["rows"] == rows, f"{seen['rows']} rows, wanted {rows}"
    assert not orphans(folder), f"files that no entry names: {orphans(folder)}"
    return seen


if __name__ == "__main__":
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else None
    print(json.dumps(check_table(sys.argv[1], wanted), indent=2))
    for commit in history(sys.argv[1])[-3:]:
        print(json.dumps(commit))
