"""Functions of the program that read sources and tables."""

from ..errors import Refused
from ..types import parse_type, quoted
from .code import chain, function, identifier, indent, literal, sql_literal
from .connectors import connector_for
from .context import interval
from .formats import FORMATS
from .formats import csv as csv_format
from .formats.json import fields_of, settle
from .reader import LETTER, Decoded


class SourceCode:
    """A source or table: the functions that read it, and what dead letters need of it."""

    def __init__(self, context, source):
        self.context, self.source = context, source
        self.name = identifier(source.name)
        module = connector_for(source.connector, "table" if source.is_table else "stream")
        self.reader = (module.table if source.is_table else module.stream)(context, source)
        self.decoded = self.decode()
        self.rejects = self.decoded.rejects and not self.decoded.error

    def decode(self):
        source, reader = self.source, self.reader
        if reader.is_rows:
            return Decoded(columns={name: quoted(name) for name, _ in source.columns})
        if source.connector.kind == "csv":
            return self.decode_csv_files()
        if source.format is None or source.format.kind == "raw":
            return Decoded()
        return FORMATS[source.format.kind].decoded(self.context, source, reader)

    def decode_csv_files(self):
        """Files whose reader has decoded the records already."""
        self.context.module("F")
        fields = fields_of(self.source)
        made = Decoded(rejects=True, words="CSV", columns=csv_format.columns(self.context, fields))
        tests = csv_format.misfits(fields)
        wrong = "".join(f" | {test}" for _, test in tests)
        made.result = ('records.withColumn("column_name", F.lit(None).cast("string"))\n.withColumn(\n    "reason",\n'
                       f'    F.when(\n        F.col("record._corrupt").isNotNull(){wrong},\n'
                       '        "record is not valid CSV, or a field does not fit its column",\n    ),\n)')
        if self.source.format.get("on_error") == "null":
            made.result, made.rejects = "records", False
        settle(self.context, self.source, made)
        return made

    def functions(self):
        """The text of its functions."""
        if not self.decoded.rejects:
            return [self.read_function(self.frame())]
        parameters = "spark: SparkSession"
        body = "records = " + self.reader.frame + "\n" + "".join(step + "\n" for step in self.decoded.steps)
        body += "return " + self.joined(self.decoded.result)
        decode = function(f"decode_{self.name}", parameters,
                          f"Records of {self.reader.words}: `record` is what each decodes to, `reason` why one does not.",
                          body, "DataFrame")
        start = f"decode_{self.name}(spark)"
        if self.decoded.error:
            self.context.module("F")
            start += ('\n.withColumn("reason", F.when(F.col("reason").isNotNull(), F.raise_error(F.concat(F.lit('
                      f'{literal(self.decoded.error)}), "reason"))))')
        return [decode, self.read_function(start, '.where("reason IS NULL")')]

    def frame(self):
        result = self.decoded.result
        if result == "records":
            return self.reader.frame
        return result.replace("records", self.reader.frame, 1)

    @staticmethod
    def joined(expression):
        return f"(\n{indent(expression)}\n)" if "\n" in expression else expression

    def read_function(self, start, *calls):
        source = self.source
        word = "Table" if source.is_table else "Source"
        body = self.joined(start) if "\n" in start and not start.startswith("(") else start
        calls = [*calls, *self.columns(), *self.watermark()]
        steps = "".join(f"{step}\n" for step in self.decoded.steps) if not self.decoded.rejects else ""
        if source.latest_by_key:
            body, calls = self.latest(body, calls)
        return function(f"read_{self.name}", "spark: SparkSession",
                        f"{word} {source.name}: {self.reader.words}" + (f", decoded as {self.decoded.words}."
                                                                       if self.decoded.words else "."),
                        f"{steps}return {chain(body, calls)}", "DataFrame")

    def latest(self, body, calls):
        """Of each key's records the newest one; one without a value deletes."""
        self.context.module("F")
        self.context.module("Window")
        ranked = ('.withColumn("_newest", F.row_number().over(Window.partitionBy("key").orderBy(F.desc("timestamp"), '
                  'F.desc("offset"))))')
        where = '.where("(_newest = 1 OR key IS NULL) AND value IS NOT NULL")'
        return body, [ranked, where, *calls]

    def columns(self):
        """The columns that SQL sees, in their order."""
        source, reader = self.source, self.reader
        own = {name: column for name, column in source.metadata}
        made = []
        for name, _ in source.columns:
            column = own.get(name, name)
            known = {**reader.metadata, **self.decoded.metadata}
            if name in own or name not in self.decoded.columns:
                if column not in known:
                    source.connector.refuse("", f"Spark does not know the column '{column}' of {source.connector.kind}: "
                                                "leave it out of 'metadata'")
                read = known[column]
            else:
                read = self.decoded.columns[name]
            if self.is_event_time(name):
                read = as_event_time(self.context, read, source)
            made.append(read if read == quoted(name) else f"{read} AS {quoted(name)}")
        if reader.is_rows and made == [quoted(name) for name, _ in source.columns]:
            return []
        if len(made) == 1 and len(made[0]) < 60 and '"' not in made[0]:
            return [f".selectExpr({literal(made[0])})"]
        return [".selectExpr(\n" + "".join(f"{indent(sql_literal(one))},\n" for one in made) + ")"]

    def is_event_time(self, name):
        """Whether it is the watermark's column and has no time zone: Spark takes a watermark of instants only."""
        mark = self.source.watermark
        return bool(mark) and column_of(mark) == name.lower() and parse_type(self.source.type_of(name)).name == "TIMESTAMP"

    def watermark(self):
        if not self.source.watermark:
            return []
        return [watermark_call(self.context, self.source.watermark, self.source.columns, f"source {self.source.name}")]

    def letters(self):
        """SQL of a dead letter's columns, but for the batch's number."""
        origin = {**self.reader.origin, "source": "'" + self.source.name.replace("'", "\\'") + "'",
                  "reason": "reason", "column_name": "column_name"}
        return [origin[name] if origin[name] == name else f"{origin[name]} AS {quoted(name)}" for name in LETTER[1:]]


def column_of(watermark):
    """The watermark's column, in lower case."""
    return watermark.column.strip().strip('"').lower()


def as_event_time(context, read, owner):
    """A time without a zone as the instant that it is in UTC; sinks write it without one."""
    if context.plan.timezone != "UTC":
        raise Refused(f"{owner.name}: Spark takes a watermark of a TIMESTAMPTZ, and in timezone {context.plan.timezone} a "
                      "TIMESTAMP is none: declare the column TIMESTAMPTZ", *owner.watermark.at)
    cast = "CAST({} AS TIMESTAMP_NTZ)"
    start, end = cast.split("{}")
    if read.startswith(start) and read.endswith(end):
        return read[len(start):-len(end)]
    return f"CAST({read} AS TIMESTAMP)"


def watermark_call(context, watermark, columns, owner):
    """.withWatermark(...), which takes a column."""
    names = {name.lower(): name for name, _ in columns}
    column = column_of(watermark)
    if column not in names:
        raise Refused(f"{owner}: Spark takes its watermark of a column, not of an expression: make the column in a view, and "
                      "give the view the watermark", *watermark.at)
    if watermark.advances_when_idle:
        raise Refused(f"{owner}: Spark's watermark stays where it is while nothing comes: leave 'when_idle' out",
                      *watermark.at)
    if watermark.idle_after_us and count_watermarks(context.plan) > 1:
        raise Refused(f"{owner}: Spark has no 'idle_after': a silent source holds the others back, or choose "
                      "watermark_policy: max", *watermark.at)
    return f'.withWatermark({literal(names[column])}, "{interval(watermark.delay_us)}")'


def count_watermarks(plan):
    return sum(bool(one.watermark) for one in [*plan.sources.values(), *plan.views.values()])
