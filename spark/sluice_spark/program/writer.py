"""What a connector says of a sink: how a stream, or one batch, is written."""

from dataclasses import dataclass, field
from typing import Callable, List, Optional, Tuple


@dataclass
class Writing:
    """What is asked of a connector: the sink, and what of it the connector must know.

    `columns` are those to write, (name, DuckDB's type). `deletes`: the rows have a column `_deletes` BOOLEAN,
    true where the target's row of the key goes. `whole`: in mode upsert the rows are the whole result, and what
    the target has besides goes. `unique`: no two rows have the same key. `in_batch`: the rows are made of a batch
    (foreachBatch). `once`: there is no stream, the sink is written once a run. `letters`: these are dead letters."""

    sink: object
    columns: List[Tuple[str, str]]
    deletes: bool = False
    whole: bool = False
    unique: bool = False
    in_batch: bool = False
    once: bool = False
    letters: bool = False

    @property
    def application(self):
        """The name under which a Delta table knows the writer, as an expression."""
        return 'f"{PIPELINE}/' + self.sink.name + '"'


@dataclass
class Writer:
    """`words` end "Sink x: rows of y, ...". `select` are calls that make the rows into what is written.
    `format` and `options` are a sink of Spark's own; where it is None, or the rows are made of a batch, `batch(rows)` gives
    the lines that write the DataFrame which the expression `rows` is, of batch `number`."""

    words: str
    batch: Callable[[str], str]
    select: List[str] = field(default_factory=list)
    format: Optional[str] = None
    options: List[Tuple[str, str]] = field(default_factory=list)
    calls: List[str] = field(default_factory=list)
