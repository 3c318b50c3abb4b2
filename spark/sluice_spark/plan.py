"""The plan of a pipeline (docs/format/plan.md), as sluice writes it, in Python."""

import json
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from .errors import Refused

VERSION = 1
Place = Tuple[int, int]
Columns = List[Tuple[str, str]]


@dataclass
class Part:
    """A connector, a format or the like, with its options. `written` and `secrets` go by the paths of
    options: "password", "properties.sasl.password", "contact_points.0"."""

    kind: str
    at: Place
    options: Dict[str, Any] = field(default_factory=dict)
    given: Dict[str, Place] = field(default_factory=dict)
    written: Dict[str, str] = field(default_factory=dict)
    secrets: List[str] = field(default_factory=list)

    def get(self, name, default=None):
        """The option's value, by its name."""
        value = self.options.get(name)
        return default if value is None else value

    def place(self, name):
        """Where the file has the option, else the part."""
        return self.given.get(name, self.at)

    def refuse(self, name, message):
        """Stops with the message at the option."""
        raise Refused(message, *self.place(name))


@dataclass
class Watermark:
    column: str
    delay_us: int
    idle_after_us: int
    advances_when_idle: bool
    at: Place


@dataclass
class Source:
    """A source; of a table `refresh_us` and `latest_by_key` count, too."""

    name: str
    at: Place
    connector: Part
    format: Optional[Part]
    metadata: List[Tuple[str, str]]
    columns: Columns
    watermark: Optional[Watermark] = None
    dead_letter: Optional[Part] = None
    refresh_us: int = 0
    latest_by_key: bool = False
    is_table: bool = False

    def type_of(self, column):
        """DuckDB's type of a column that SQL sees."""
        return dict(self.columns)[column]


@dataclass
class Function:
    """A function in Python (or of a shared library) that SQL calls, with DuckDB's types."""

    name: str
    at: Place
    language: str
    file: str
    function: str
    arguments: List[str]
    returns: str


@dataclass
class View:
    name: str
    at: Place
    sql: str
    sql_at: Place
    columns: Columns
    kind: str
    stream: bool
    has_state: bool
    reads: List[str]
    deduplicate: Optional[Dict[str, Any]]
    watermark: Optional[Watermark]
    late_to: Optional[str]


@dataclass
class Sink:
    name: str
    at: Place
    source: str  # what the file calls `from`
    mode: str
    key: List[str]
    order_by: List[str]
    leave_out: List[str]
    delete_when: Optional[str]
    roll: Optional[Dict[str, int]]
    connector: Part


@dataclass
class Plan:
    sluice: str
    file: str
    folder: str
    name: str
    timezone: str
    checkpoint: str
    watermark_policy: str
    trigger: Dict[str, Any]
    engine: Part
    s3: Optional[Part]
    mounts: Dict[str, Part]
    sources: Dict[str, Source]
    tables: Dict[str, Source]
    functions: Dict[str, Function]  # by name, in lower case
    views: Dict[str, View]
    sinks: List[Sink]
    ignored: List[str]
    written: Dict[str, str]

    def input(self, name):
        """The source or table of this name, or None."""
        return self.sources.get(name) or self.tables.get(name)

    def columns_of(self, name):
        """Of a source, table or view."""
        found = self.input(name) or self.views.get(name)
        return found.columns if found else []

    def ends(self):
        """Whether a run ends by itself, once it has read what is there."""
        return self.trigger["kind"] in ("once", "available_now")


def read(text):
    """The plan in `text`. Raises ValueError for what is no plan, or one of another version."""
    made = json.loads(text)
    version = made.get("version") if isinstance(made, dict) else None
    if version != VERSION:
        raise ValueError(f"the plan is of version {version}, and this sluice_spark reads version "
                         f"{VERSION}: take both from the same version of sluice")
    return Plan(
        sluice=made.get("sluice", ""), file=made["file"], folder=made["folder"], name=made["name"],
        timezone=made.get("timezone") or "UTC", checkpoint=made["checkpoint"],
        watermark_policy=made.get("watermark_policy", "min"), trigger=made["trigger"],
        engine=_part(made.get("engine") or {}), s3=_part(made["s3"]) if made.get("s3") else None,
        mounts={one["name"]: _part(one["s3"]) for one in made.get("mounts", [])},
        sources={one["name"]: _source(one, False) for one in made["sources"]},
        tables={one["name"]: _source(one, True) for one in made.get("tables", [])},
        functions={one["name"].lower(): _function(one) for one in made.get("functions", [])},
        views={one["name"]: _view(one) for one in made["views"]},
        sinks=[_sink(one) for one in made["sinks"]], ignored=made.get("ignored", []),
        written=made.get("written", {}))


def _part(made):
    return Part(made.get("kind", ""), tuple(made.get("at", (1, 1))), made.get("options", {}),
                {name: tuple(at) for name, at in made.get("given", {}).items()},
                made.get("written", {}), made.get("secrets", []))


def _watermark(made):
    return made and Watermark(made["column"], made["delay_us"], made.get("idle_after_us", 0),
                              made.get("advances_when_idle", False), tuple(made["at"]))


def _columns(made):
    return [(one["name"], one["type"]) for one in made]


def _source(made, is_table):
    return Source(made["name"], tuple(made["at"]), _part(made["connector"]),
                  made.get("format") and _part(made["format"]),
                  [(one["name"], one["column"]) for one in made["metadata"]], _columns(made["columns"]),
                  _watermark(made.get("watermark")),
                  made.get("dead_letter") and _part(made["dead_letter"]),
                  made.get("refresh_us", 0), made.get("latest_by_key", False), is_table)


def _function(made):
    return Function(made["name"], tuple(made["at"]), made["language"], made["file"], made["function"],
                    [one["type"] for one in made["arguments"]], made["returns"])


def _view(made):
    return View(made["name"], tuple(made["at"]), made["sql"], tuple(made["sql_at"]),
                _columns(made["columns"]), made["kind"], made["stream"], made["has_state"], made["reads"],
                made["deduplicate"], _watermark(made["watermark"]), made["late_to"])


def _sink(made):
    return Sink(made["name"], tuple(made["at"]), made["from"], made["mode"], made.get("key", []),
                made.get("order_by", []), made.get("leave_out", []), made.get("delete_when"),
                made.get("roll"), _part(made["connector"]))
