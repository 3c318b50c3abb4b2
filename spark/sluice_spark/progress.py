"""Progress of Spark's queries in sluice's words: a line, or a JSON object, a batch."""

import json
import sys
import time


class Progress:
    """`style` is that of `sluice run --progress`."""

    def __init__(self, plan, style, log):
        self.plan, self.log = plan, log
        self.style = {"auto": "log", "line": "log"}.get(style, style)
        self.began = time.monotonic()
        self.last = {}  # of a query, the last batch that was shown
        self.sinks = {}  # (batches, rows) of a query

    def of(self, query):
        """Shows what the query has done since the last call."""
        try:
            made = [as_dict(one) for one in query.recentProgress]
        except Exception:  # it has just ended, or its server has
            return
        for one in made:
            if "addBatch" in one.get("durationMs", {}) and one["batchId"] > self.last.get(query.name, -1):
                self.last[query.name] = one["batchId"]
                self._batch(query.name, one)

    def once(self, sink, seconds):
        """Of a sink that is written in one batch."""
        self.sinks[sink] = (1, None)
        if self.style == "log":
            self.log.info(f"[{sink}] batch 0: time_ms={seconds * 1000:.0f}")
        elif self.style == "json":
            self._json({"name": self.plan.name, "sink": sink, "batchId": 0, "batchDuration": seconds * 1000})

    def _batch(self, name, made):
        batches, rows = self.sinks.get(name, (0, 0))
        read = sum(one["numInputRows"] for one in made.get("sources", []))  # a server's progress has no total
        self.sinks[name] = (batches + 1, rows + read)
        duration = made["durationMs"].get("triggerExecution", 0)
        if self.style == "log":
            text = f"[{name}] batch {made['batchId']}: rows={read}"
            lag = lag_of(made)
            state = sum(one["numRowsTotal"] for one in made.get("stateOperators", []))
            late = sum(one["numRowsDroppedByWatermark"] for one in made.get("stateOperators", []))
            text += "" if lag is None else f" lag={lag}"
            text += (f" state_rows={state}" if state else "") + (f" late={late}" if late else "")
            self.log.info(f"{text} time_ms={duration}")
        elif self.style == "json":
            self._json({"name": self.plan.name, "sink": name, "timestamp": made["timestamp"], "batchId": made["batchId"],
                        "batchDuration": duration, "numInputRows": read,
                        "processedRowsPerSecond": made.get("processedRowsPerSecond"),
                        "durationMs": made["durationMs"], "eventTime": made.get("eventTime", {}),
                        "stateOperators": made.get("stateOperators", []), "sources": made.get("sources", [])})

    @staticmethod
    def _json(made):
        print(json.dumps(made, separators=(",", ":"), default=str), file=sys.stderr, flush=True)

    def summary(self):
        """At the end: what each query has done."""
        if self.style == "none":
            return
        seconds = time.monotonic() - self.began
        print(f"{self.plan.name}: {len(self.sinks)} quer{'y' if len(self.sinks) == 1 else 'ies'} on Spark in {seconds:.1f} s",
              file=sys.stderr)
        width = max(map(len, self.sinks), default=0)
        for name, (batches, rows) in self.sinks.items():
            read = "" if rows is None else f", {rows:,} rows read"
            print(f"  {name:{width}}  {batches:,} batch{'' if batches == 1 else 'es'}{read}", file=sys.stderr)


def as_dict(made):
    """Spark's progress as its own JSON; it is a dict in some versions, an object in others."""
    return made if type(made) is dict else json.loads(made.json) if hasattr(made, "json") else dict(made)


def lag_of(made):
    """Records of Kafka that are there and not read; None where no source knows."""
    total = None
    for source in made.get("sources", []):
        newest, read = positions(source.get("latestOffset")), positions(source.get("endOffset"))
        if newest is None or read is None:
            continue
        total = (total or 0) + sum(max(0, end - read.get(place, 0)) for place, end in newest.items())
    return total


def positions(offset):
    """{(topic, partition): offset}, of Kafka's offsets; None for others."""
    try:
        made = json.loads(offset) if isinstance(offset, str) else offset
        return {(topic, number): int(end) for topic, parts in made.items() for number, end in parts.items()}
    except (AttributeError, TypeError, ValueError):
        return None
