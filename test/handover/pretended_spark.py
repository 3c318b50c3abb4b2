"""A streaming query as Spark runs it over a folder of JSON lines, for cases that a JVM would take too long for: the
same files in its checkpoint, the same txn in the Delta table."""

import json
from urllib.parse import quote, unquote

import pyarrow
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import TableNotFoundError

SCHEMA = pyarrow.schema([("id", pyarrow.int64()), ("item", pyarrow.string())])


class Fenced(Exception):
    """As Spark's MALFORMED_LOG_FILE: the text is the first line of what it found."""


class PretendedSpark:
    """One query. `app_id` None: as Spark's own Delta sink, by the query's id."""

    def __init__(self, folder, checkpoint, app_id="shop/lake", writes_txn=True):
        self.input, self.table, self.checkpoint = folder / "in", folder / "table", checkpoint
        metadata = checkpoint / "metadata"
        if not metadata.exists():
            self._put("metadata", json.dumps({"id": "28092d19-c7e2-4553-b865-cf123e710c07"}))
        self.app_id = app_id or json.loads(metadata.read_text())["id"]
        self.writes_txn = writes_txn

    def _put(self, name, text):
        path = self.checkpoint / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _numbers(self, name):
        folder = self.checkpoint / name
        return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit()) if folder.exists() else []

    def _lines(self, name):
        first, *lines = (self.checkpoint / name).read_text().splitlines()
        if first != "v1":
            raise Fenced(first)
        return lines

    def _seen(self):
        found = {}
        for number in self._numbers("sources/0"):
            for line in self._lines(f"sources/0/{number}"):
                entry = json.loads(line)
                found[unquote(entry["path"].removeprefix("file://"))] = number
        return found

    def run(self, batches=None, until="committed"):
        """A batch for each new file, at most `batches`; the last one goes on `until` it is planned, written or
        committed. Gives the newest batch."""
        planned, done = self._numbers("offsets"), self._numbers("commits")
        last = planned[-1] if planned else -1
        if planned:
            self._lines(f"offsets/{last}")
        if last >= 0 and (not done or done[-1] < last):  # Spark does again what was planned
            self._write(last)
            self._commit(last)
        while batches is None or batches > 0:
            seen = self._seen()
            new = [path for path in sorted(self.input.iterdir())
                   if not path.name.startswith(".") and str(path) not in seen]
            if not new:
                break
            last += 1
            entry = {"path": "file://" + quote(str(new[0]), safe="/_-!.~'()*,;:$&+=@"), "timestamp": 1, "batchId": 0}
            number = max(self._numbers("sources/0"), default=-1) + 1
            self._put(f"sources/0/{number}", "v1\n" + json.dumps(entry | {"batchId": number}))
            head = json.dumps({"batchWatermarkMs": 0, "batchTimestampMs": 1, "conf": {}})
            self._put(f"offsets/{last}", f"v1\n{head}\n" + json.dumps({"logOffset": number}))
            batches = None if batches is None else batches - 1
            is_last = batches == 0 or len(new) == 1
            if is_last and until == "planned":
                break
            self._write(last)
            if is_last and until == "written":
                break
            self._commit(last)
        return last

    def _write(self, batch):
        place = lambda number: json.loads(self._lines(f"offsets/{number}")[1]).get("logOffset", -1)  # noqa: E731
        start = place(batch - 1) if batch - 1 in self._numbers("offsets") else -1
        end = place(batch)
        files = [path for path, number in self._seen().items() if start < number <= end]
        rows = [json.loads(line) for path in files for line in open(path, encoding="utf-8")]
        properties = None
        if self.writes_txn:
            try:
                known = DeltaTable(str(self.table)).transaction_version(self.app_id)
            except TableNotFoundError:
                known = None
            if known is not None and known >= batch:
                return
            properties = CommitProperties(app_transactions=[Transaction(self.app_id, batch)])
        write_deltalake(str(self.table), pyarrow.Table.from_pylist(rows, SCHEMA), mode="append",
                        commit_properties=properties)

    def _commit(self, batch):
        self._put(f"commits/{batch}", 'v1\n{"nextBatchWatermarkMs":0}')
