"""Reads the cases: one YAML file each, below cases/. README.md beside this file describes them."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases"
RECORDED = ".recorded.yaml"
KEYS = {"about", "sources", "tables", "views", "from", "mode", "batches", "timezone",
        "watermark_policy", "spark", "differs", "refused", "fails", "batch", "cuts"}
# What Spark's answer depends on; the recording carries a hash of it.
SEEN_BY_SPARK = ("sources", "tables", "views", "from", "mode", "batches", "timezone",
                 "watermark_policy", "spark")
DAY = "2024-01-01"
DURATION_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Loader(yaml.SafeLoader):
    """YAML's core schema: 00:10:00 and 2024-01-01 are texts, and so are yes and no."""


Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
        ("bool", r"^(?:true|false)$", "tf"),
        ("null", r"^(?:null|~|)$", ["n", "~", ""]),
        ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
        ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$",
         "-+.0123456789")):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


class CaseError(Exception):
    """The case file itself is wrong."""


@dataclass
class CaseFile:
    """One case. `batches` is a list of {source: [row, ...]}, a row being {column: value}."""

    name: str
    path: Path
    spec: dict
    batches: list = field(default_factory=list)

    @property
    def recording_path(self):
        return self.path.with_name(self.path.stem + RECORDED)

    @property
    def sources(self):
        return self.spec["sources"]

    @property
    def has_watermark(self):
        """Of a source, or of a view."""
        views = [view for view in self.spec["views"].values() if isinstance(view, dict)]
        return any("watermark" in one for one in [*self.sources.values(), *views])

    @property
    def mode(self):
        return self.spec["mode"]

    @property
    def result(self):
        """The view that the sink takes."""
        return self.spec.get("from") or list(self.spec["views"])[-1]

    @property
    def hash(self):
        seen = {key: self.spec[key] for key in SEEN_BY_SPARK if key in self.spec}
        text = json.dumps(seen, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def rows_of(self, source):
        """All rows of a source, in order."""
        return [row for batch in self.batches for row in batch[source]]

    def rows_of_table(self, name):
        table = self.spec["tables"][name]
        return [as_record(row, table["schema"], self.path) for row in table["rows"]]


def load(path):
    spec = yaml.load(path.read_text(), Loader)
    name = str(path.relative_to(CASES).with_suffix(""))
    unknown = set(spec) - KEYS
    if unknown:
        raise CaseError(f"{path}: unknown keys {sorted(unknown)}; known are {sorted(KEYS)}")
    missing = {"about", "sources", "views", "mode", "batches"} - set(spec)
    if missing:
        raise CaseError(f"{path}: missing {sorted(missing)}")
    case = CaseFile(name, path, spec)
    for batch in spec["batches"]:
        if isinstance(batch, list):
            batch = {list(case.sources)[0]: batch}
        if set(batch) - set(case.sources):
            raise CaseError(f"{path}: a batch of no source: {sorted(set(batch))}")
        case.batches.append({source: [as_record(row, options["schema"], path)
                                      for row in batch.get(source) or []]
                             for source, options in case.sources.items()})
    return case


def load_all(patterns=()):
    paths = sorted(path for path in CASES.rglob("*.yaml") if not path.name.endswith(RECORDED))
    cases = [load(path) for path in paths]
    return [case for case in cases
            if not patterns or any(case.name.startswith(wanted) for wanted in patterns)]


def as_record(row, schema, path):
    """A row of a case is a list in the schema's order; a time without a date is on DAY."""
    if not isinstance(row, list) or len(row) != len(schema):
        raise CaseError(f"{path}: a row must have {len(schema)} values: {row}")
    return {column: with_day(value) if str(kind).upper().startswith("TIMESTAMP") else value
            for (column, kind), value in zip(schema.items(), row)}


def with_day(value):
    return f"{DAY} {value}" if isinstance(value, str) and re.match(r"\d\d:\d\d", value) else value


def interval(duration):
    """10s -> 10 seconds."""
    return re.sub(r"(\d+)(ms|s|m|h|d)", lambda m: f"{m[1]} {DURATION_UNITS[m[2]]} ", duration).strip()
