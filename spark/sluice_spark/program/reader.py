"""What a connector and a format say of a source: how its records are read, and what they decode to."""

from dataclasses import dataclass, field
from typing import Dict, List, Optional

# The columns of a dead letter, as sluice's own have them.
LETTER = ("batch", "source", "topic", "partition", "offset", "timestamp", "key", "value", "reason", "column_name")


@dataclass
class Reader:
    """`frame` is an expression of a DataFrame. Of records its column `value` is what a format decodes; of
    rows (`is_rows`) its columns are the source's. `metadata` has SQL for each column of the connector's own,
    `origin` for those of a dead letter."""

    frame: str
    words: str  # for docstrings: "topic events of Kafka"
    is_rows: bool = False
    metadata: Dict[str, str] = field(default_factory=dict)
    origin: Dict[str, str] = field(default_factory=dict)


@dataclass
class Decoded:
    """`steps` are lines of a function in which `records` is the reader's frame; `result` is an expression of
    the frame with the decoded records. `columns` has SQL for each of the format's columns. With `rejects`
    the frame has columns `reason` and `column_name`, which are NULL for records that decode."""

    result: str = "records"
    steps: List[str] = field(default_factory=list)
    columns: Dict[str, str] = field(default_factory=dict)
    rejects: bool = False
    metadata: Dict[str, str] = field(default_factory=dict)
    words: str = ""
    error: Optional[str] = None
