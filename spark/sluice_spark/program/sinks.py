"""Functions of the program that write sinks and dead letters."""

from sqlglot import exp

from ..errors import Refused
from ..plan import Part, Sink
from ..types import parse_type, quoted, spark_type
from . import spark_sql
from .code import chain, function, identifier, listing, literal, options, sentence
from .connectors import connector_for
from .context import interval
from .views import sql_argument
from .writer import Writing

NEWEST = '''\
def newest(rows: DataFrame, key: list, order: list) -> DataFrame:
    """Of the rows of a key the greatest by `order`."""
    ranked = Window.partitionBy(*key).orderBy(*[F.col(name).desc_nulls_last() for name in order])
    return rows.withColumn("_rank", F.row_number().over(ranked)).where("_rank = 1").drop("_rank")
'''

UNIQUE = '''\
def unique(rows: DataFrame, key: list) -> DataFrame:
    """Rows that are equal in all columns once; several other ones of a key are an error."""
    rows = rows.dropDuplicates()
    twice = rows.groupBy(*key).count().where("count > 1").head(1)
    if twice:
        raise ValueError(f"E_DUPLICATE_KEY: several rows of one key in a batch: {twice[0]}; order_by says which counts")
    return rows
'''


class SinkCode:
    """A sink: `once` says that it is written by one batch a run, else its start function starts a query."""

    def __init__(self, context, views, sink):
        self.context, self.views, self.sink = context, views, sink
        self.name = identifier(sink.name)
        self.plan = context.plan
        self.once = not views.is_streaming(sink.source)
        self.over = views.is_over_result(sink.source)
        self.start = f'spark.table({literal(sink.source)})'
        self.calls = []
        self.output = {"upsert": "append"}.get(sink.mode, sink.mode)
        self.steps = []  # of the function that writes a batch
        self.rows = "batch"
        columns = [one for one in self.plan.columns_of(sink.source) if one[0] not in sink.leave_out]
        self.writing = Writing(sink, columns, once=self.once)
        self.refuse()
        if self.over:
            self.over_result()
        self.refuse_join()
        self.without_zone()
        if sink.mode == "upsert":
            self.upsert()
        if sink.roll:
            context.note(f"sink {sink.name}: 'roll' is left out: Spark writes with each batch; a longer trigger makes larger files")
        self.writing.in_batch = bool(self.steps)
        self.writer = connector_for(sink.connector, "sink").sink(context, self.writing)
        self.in_batch = self.writing.in_batch or self.writer.format is None

    def refuse(self):
        sink = self.sink
        if self.once and sink.mode not in ("complete", "upsert"):
            raise Refused(f"sink {sink.name}: mode {sink.mode} of a view over tables alone: Spark has mode complete for it", *sink.at)
        if self.once and not self.plan.ends():
            raise Refused(f"sink {sink.name}: a view over tables alone is a batch of Spark's, which nothing starts again: use "
                          "trigger: once, and start the job by a schedule", *sink.at)

    def refuse_join(self):
        joined = None if self.once or self.output != "complete" else self.views.join_of_streams(self.sink.source)
        if joined:
            raise Refused(f"sink {self.sink.name}: mode complete over view {joined.name}, a join of streams, which Spark joins in "
                          "mode append only: write the join's rows into a Delta table, and what is made of them by a second "
                          "pipeline that reads it", *self.sink.at)

    def over_result(self):
        """The query has the aggregate's whole result, and each batch makes the rest of it."""
        sink = self.sink
        if sink.mode not in ("complete", "upsert"):
            raise Refused(f"sink {sink.name}: mode {sink.mode} over a whole result: Spark does not know which rows it has "
                          "changed: use complete, or upsert into a Delta table", *sink.at)
        self.result = self.views.result_below(sink.source, sink.at)
        self.start, self.output = f"spark.table({literal(self.result)})", "complete"
        self.steps.append(f"rows = view_{identifier(sink.source)}(batch)")
        self.rows = "rows"
        if sink.mode == "upsert":
            if sink.connector.kind != "delta":
                sink.connector.refuse("", "mode upsert over a whole result: what has left it is found in Delta tables only")
            self.writing.whole = True

    def without_zone(self):
        """Times that are instants for the watermark's sake are written without a zone, as the view has them."""
        if not self.views.event_times(self.sink.source):
            return
        casts = [f".withColumn({literal(name)}, F.col({literal(quoted(name))}).cast({literal(spark_type(kind))}))"
                 for name, kind in self.plan.columns_of(self.sink.source) if has_plain_time(parse_type(kind))]
        if casts:
            self.context.module("F")
        if not self.over:
            self.calls += casts
        elif casts:
            self.steps[-1] = f"rows = {chain(f'view_{identifier(self.sink.source)}(batch)', casts)}"

    def upsert(self):
        """One row a key, and which rows delete."""
        sink, context = self.sink, self.context
        aggregate = None if self.over or self.once else self.views.aggregate_below(sink.source)
        if aggregate:
            self.output = "update"
            self.of_aggregate(aggregate)
        if self.once:
            self.writing.whole = True
        if sink.delete_when:
            context.module("F")
            condition = self.views.condition(sink.delete_when, sink.source, sink.at)
            self.calls.append(f'.withColumn("_deletes", F.expr({literal(f"coalesce({condition}, FALSE)")}))')
            self.writing.deletes = True
        key = listing([literal(name) for name in sink.key], "[", "]")
        if sink.order_by:
            context.module("Window")
            context.module("F")
            context.needs.helper("newest", NEWEST)
            order = ", ".join(map(literal, sink.order_by))
            self.steps.append(f"rows = newest({self.rows}, {key}, [{order}])")
            self.rows = "rows"
        elif not self.writing.unique:
            context.needs.helper("unique", UNIQUE)
            self.steps.append(f"rows = unique({self.rows}, {key})")
            self.rows = "rows"

    def of_aggregate(self, aggregate):
        """Its changed rows; of one with HAVING those that left, too."""
        sink = self.sink
        tree = spark_sql.read(self.views.translated(aggregate).sql)
        keys = spark_sql.group_names(tree)
        if sink.source == aggregate.name and keys == {name.lower() for name in sink.key}:
            self.writing.unique = True
        having = tree.args.get("having")
        filtered = [name for name in self.views.reaches(sink.source) if name != aggregate.name
                    and name in self.plan.views and aggregate.name in self.views.reaches(name) and " where " in
                    " " + self.plan.views[name].sql.lower() + " "]
        if filtered or (having and sink.source != aggregate.name):
            raise Refused(f"sink {sink.name}: rows that leave the result of '{aggregate.name}' are not known to Spark through "
                          "another view: put the condition into HAVING, and write the aggregate itself", *sink.at)
        if not self.writing.unique:
            raise Refused(f"sink {sink.name}: on Spark the key of an upserted aggregate is what it groups by "
                          f"({', '.join(sorted(keys))}): Spark does not know that a row has moved", *sink.at)
        if having:
            tree.set("having", None)
            stays = exp.Anonymous(this="coalesce", expressions=[having.this.copy(), exp.false()])
            tree.select(exp.alias_(exp.Not(this=stays), "_deletes"),
                        copy=False)
            self.start = f"spark.sql({sql_argument(spark_sql.write(tree))})"
            self.writing.deletes = True

    def functions(self):
        made = []
        if self.in_batch or self.once:
            made.append(self.write_function())
        if not self.once:
            made.append(self.start_function())
        return made

    def documentation(self):
        return sentence(f"Sink {self.sink.name}: rows of {self.sink.source}, {self.writer.words}.")

    def write_function(self):
        if self.once:
            body = "\n".join([f"batch = {chain(self.start, self.calls)}", *self.steps, self.writer.batch(self.rows)])
            return function(f"write_{self.name}", "spark: SparkSession", self.documentation(), body)
        body = "\n".join([*self.steps, self.writer.batch(self.rows)])
        return function(f"write_{self.name}", "batch: DataFrame, number: int", self.documentation(), body)

    def start_function(self):
        self.context.module("StreamingQuery")
        calls = [*self.calls]
        if not self.in_batch:
            calls += self.writer.select
        calls.append(f".writeStream.queryName({literal(self.sink.name)})")
        if self.output != "append":
            calls.append(f'.outputMode("{self.output}")')
        if self.in_batch:
            calls.append(f".foreachBatch(write_{self.name})")
        else:
            calls += [f'.format("{self.writer.format}")', *options(self.writer.options), *self.writer.calls]
        calls += query_calls(self.plan, f'f"{{CHECKPOINT}}/spark/{self.sink.name}"')
        words = "Starts the query of a sink." if self.in_batch else self.documentation()
        if self.in_batch:
            words = f"The query that gives write_{self.name} its batches."
        return function(f"start_{self.name}", "spark: SparkSession", words, "return " + chain(self.start, calls),
                        "StreamingQuery")

    def frame(self):
        """The streaming DataFrame of the query, for checks."""
        return self.start + "".join(self.calls)


def has_plain_time(kind):
    """Whether there is a TIMESTAMP without a zone in a type."""
    if kind.name == "TIMESTAMP":
        return True
    parts = [part[1] if kind.name == "STRUCT" else part for part in kind.parts]
    return kind.name in ("STRUCT", "LIST", "MAP") and any(map(has_plain_time, parts))


def query_calls(plan, checkpoint):
    """What all queries have: checkpoint and trigger."""
    calls = [f'.option("checkpointLocation", {checkpoint})']
    if plan.ends():
        calls.append(".trigger(availableNow=True)")
    elif plan.trigger["kind"] == "every":
        calls.append(f'.trigger(processingTime="{interval(plan.trigger["every_us"])}")')
    return [*calls, ".start()"]


def letters_functions(context, source_code):
    """The dead letters of a source: a query of its own over the same records."""
    source, plan = source_code.source, context.plan
    context.module("F")
    context.module("StreamingQuery")
    name = f"dead-letters-{source.name}"
    part = source.dead_letter or Part("parquet", source.at, {"path": f"{plan.checkpoint}/dead_letter/{source.name}"}, {},
                                      {"path": f"{plan.written['checkpoint']}/dead_letter/{source.name}"}
                                      if "checkpoint" in plan.written else {})
    sink = Sink(f"{source.name}.dead_letter", source.at, source.name, "append", [], [], [], None, None, part)
    folders = part.kind in ("parquet", "json_lines", "csv", "file")
    if folders:
        context.note(f"source {source.name}: dead letters have a folder for each batch; `sluice deadletter` reads those that "
                     "Spark writes into a Delta table")
    writing = Writing(sink, [], in_batch=True, letters=folders)
    writer = connector_for(part, "sink").sink(context, writing)
    columns = "".join(f"    {literal(one)},\n" for one in source_code.letters())
    batch = "batch" if folders else "letters"
    body = writer.batch(batch)
    if not folders:
        body = 'letters = batch.select(F.lit(number).cast("bigint").alias("batch"), "*")\n' + body
    own = identifier(source.name)
    words = f"Dead letters of source {source.name}, {writer.words}; a batch's once, whatever happens."
    write = function(f"write_{own}_dead_letters", "batch: DataFrame, number: int", sentence(words), body)
    calls = ['.where("reason IS NOT NULL")', ".selectExpr(\n" + columns + ")",
             f".writeStream.queryName({literal(name)})", f".foreachBatch(write_{own}_dead_letters)",
             *query_calls(plan, f'f"{{CHECKPOINT}}/spark/{name}"')]
    start = function(f"start_{own}_dead_letters", "spark: SparkSession",
                     f"The query that finds the records of source {source.name} that do not decode.",
                     "return " + chain(f"decode_{own}(spark)", calls), "StreamingQuery")
    return [write, start]


