"""Views as Spark SQL, and what of them runs where: in a stream, once, or over the whole result of one."""

import re

from sqlglot import exp

from ..errors import Refused
from ..sql import translate
from ..sql.dialects import read
from ..types import parse_type
from . import functions, spark_sql
from .code import chain, function, identifier, listing, literal, sql
from .sources import as_event_time, column_of, watermark_call


class Views:
    """What the views of a plan are to Spark."""

    def __init__(self, context):
        self.context, self.plan = context, context.plan

    def reaches(self, name):
        """All that `name` is made of, itself too, each after what it reads."""
        found = []

        late = {view.late_to: [view.name] for view in self.plan.views.values() if view.late_to}

        def add(one):
            view = self.plan.views.get(one)
            for below in view.reads if view else late.get(one, []):
                if below not in found:
                    add(below)
            if one not in found:
                found.append(one)

        add(name)
        return found

    def is_streaming(self, name):
        """Whether a source is below it."""
        return any(one in self.plan.sources for one in self.reaches(name))

    def is_over_result(self, name):
        """Whether it is computed over a whole result: by a batch of Spark's, each time the result comes."""
        view = self.plan.views.get(name)
        if view is None or not self.is_streaming(name):
            return False
        return view.kind == "over_result" or any(map(self.is_over_result, view.reads))

    def result_below(self, name, at):
        """The aggregate whose whole result a view over results reads. Spark has one in a query."""
        found = []

        def look(one):
            for below in self.plan.views[one].reads:
                if self.is_over_result(below):
                    look(below)
                elif self.is_streaming(below) and below not in found:
                    found.append(below)

        look(name)
        if len(found) != 1:
            raise Refused(f"'{name}' is made of {len(found)} results ({', '.join(found)}), each of which is a query of its own "
                          "on Spark: write them as Delta tables in mode upsert, and join those", *at)
        return found[0]

    def reads_twice(self, name):
        """Whether its query reads a source of a stream in several places, with state on the way: a self-join, say, of what
        was counted with its own maximum."""
        if not any(view.has_state for view in map(self.plan.views.get, self.reaches(name)) if view):
            return False

        def times(one, source):
            view = self.plan.views.get(one)
            if view is None:
                return one == source
            return sum(times(below, source) * max(1, count_of(below, view.sql)) for below in view.reads)

        return any(times(name, source) > 1 for source in self.plan.sources if not self.plan.sources[source].is_table)

    def join_of_streams(self, name):
        """The first view that joins two streams, of those that `name` is made of; None."""
        for view in filter(None, map(self.plan.views.get, self.reaches(name))):
            known = {one.lower() for one in view.reads if self.is_streaming(one)}
            if any(sum(table in known for table in tables) > 1 for tables in joined_tables(view.sql)):
                return view
        return None

    def aggregate_below(self, name):
        """The view with GROUP BY that `name` is, or projects; None."""
        view = self.plan.views.get(name)
        while view and view.kind == "stateless" and len(view.reads) >= 1:
            streams = [one for one in view.reads if self.is_streaming(one)]
            view = self.plan.views.get(streams[0]) if len(streams) == 1 else None
        return view if view and view.kind == "aggregate" else None

    def event_times(self, name):
        """Whether below it times without a zone are instants, because a watermark needs them so."""
        for one in self.reaches(name):
            part = self.plan.sources.get(one) or self.plan.views.get(one)
            if part and part.watermark:
                kinds = {column.lower(): kind for column, kind in part.columns}
                if parse_type(kinds.get(column_of(part.watermark), "VARCHAR")).name == "TIMESTAMP":
                    return True
        return False

    def translated(self, view):
        """The view's SQL in Spark's, its notes taken; Refused with the place in the file."""
        relations = {name: self.plan.columns_of(name) for name in view.reads}
        try:
            made = translate(view.sql, relations, self.plan.timezone, [name for name, _ in view.columns],
                             functions=functions.signatures(self.plan))
        except Refused as refused:
            line, column = view.sql_at
            raise Refused(refused.message, line + refused.line - 1,
                          refused.column + (column - 1 if refused.line == 1 else 0)) from None
        for note in made.notes:
            self.context.note(f"view {view.name}: {note}")
        functions.use(self.context, made.functions)
        return made

    def condition(self, text, name, at):
        """SQL over the columns of `name`, such as delete_when, in Spark's."""
        try:
            made = translate(f"SELECT {text} AS made FROM {quoted_duckdb(name)}", {name: self.plan.columns_of(name)},
                             self.plan.timezone, functions=functions.signatures(self.plan))
        except Refused as refused:
            raise Refused(refused.message, *at) from None
        functions.use(self.context, made.functions)
        return spark_sql.write(spark_sql.read(made.sql).expressions[0].this)

    def frame(self, view, start="spark"):
        """The expression of a view's DataFrame, over temporary views."""
        if view.late_to:
            raise Refused(f"'late' of view {view.name}: Spark counts rows that come too late and gives them to nobody: leave "
                          "it out", *view.at)
        made = self.translated(view)
        calls, text = [], made.sql
        if made.distinct is not None and self.is_streaming(view.name) and view.kind == "deduplicated":
            text = made.distinct_sql
            calls.append(drop_duplicates(made.distinct))
        if view.deduplicate:
            calls.append(self.deduplicated(view))
        if view.watermark:
            kind = dict((name.lower(), kind) for name, kind in view.columns).get(column_of(view.watermark), "")
            if parse_type(kind or "VARCHAR").name == "TIMESTAMP":
                self.context.module("F")
                name = column_of(view.watermark)
                calls.append(f".withColumn({literal(name)}, F.expr({literal(as_event_time(self.context, name, view))}))")
            calls.append(watermark_call(self.context, view.watermark, view.columns, f"view {view.name}"))
        whole = re.fullmatch(r'\s*SELECT \* FROM "?(\w+)"?\s*', view.sql)
        start = f"{start}.table({literal(whole[1])})" if whole else f"{start}.sql({sql_argument(text)})"
        return chain(start, calls) if "\n" not in start else start + "".join(calls)

    def deduplicated(self, view):
        by, within = view.deduplicate["by"], view.deduplicate["within_us"]
        parts = [self.plan.sources.get(name) or self.plan.views.get(name) for name in self.reaches(view.name)]
        marks = [part for part in parts if part and part.watermark]
        times = {column_of(mark.watermark) for mark in marks}
        if within is None or times & {name.lower() for name in by}:
            return drop_duplicates(by)  # a key that has the event time goes with it
        delays = {mark.watermark.delay_us for mark in marks}
        if delays != {within}:
            raise Refused(f"view {view.name}: Spark remembers a key for as long as the watermark's delay: make 'within' and "
                          "'delay' the same, or put the event time into 'by'", *view.at)
        return f".dropDuplicatesWithinWatermark({listing([literal(name) for name in by], '[', ']') if by else ''})"


def joined_tables(text):
    """Of each SELECT with a join the names of what is joined, in lower case."""
    for select in read(text).find_all(exp.Select):
        if select.args.get("joins"):
            first = select.args.get("from_") or select.args.get("from")
            parts = ([first.this] if first is not None else []) + [join.this for join in select.args["joins"]]
            yield [one.name.lower() for part in parts for one in part.find_all(exp.Table)]


def count_of(name, text):
    """How often the SQL reads the relation, as far as words show."""
    return len(re.findall(rf'(?:\b(?:FROM|JOIN)|,)\s+"?{re.escape(name)}\b', text, re.IGNORECASE))


def drop_duplicates(by):
    return f".dropDuplicates({listing([literal(name) for name in by], '[', ']') if by else ''})"


def sql_argument(text):
    """A statement as the argument of spark.sql(): in lines of its own where it is long."""
    made = sql(text)
    return made if "\n" not in made else "\n" + "\n".join("    " + line if line else "" for line in made.splitlines()) + "\n"


def quoted_duckdb(name):
    return '"' + name.replace('"', '""') + '"'


def over_result_function(views, name, result):
    """A function from the DataFrame of a whole result to that of a view over it."""
    steps = [f"rows.createOrReplaceTempView({literal(result)})", "spark = rows.sparkSession"]
    chosen = [one for one in views.reaches(name) if views.is_over_result(one)]
    for one in chosen:
        frame = views.frame(views.plan.views[one])
        steps.append(f"return {frame}" if one == name else f"{frame}.createOrReplaceTempView({literal(one)})")
    return function(f"view_{identifier(name)}", "rows: DataFrame", f"View {name}, over the whole result of {result}.",
                    "\n".join(steps), "DataFrame")
