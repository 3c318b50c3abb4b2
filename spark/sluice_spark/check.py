"""Whether Spark runs a pipeline: its own analysis of each query, over empty sources in place of the real ones."""

import sys

from .messages import refusal, user_errors, words_of
from .errors import Refused
from .program.sources import column_of
from .run import end, load
from .types import quoted, spark_type


def check(plan, program, arguments):
    """The exit code. No source is read, and no query started."""
    if not program.queries and not program.once:
        return 0
    module = load(program, {name: "127.0.0.1:9092" for name, _ in program.unset})
    spark = session(plan, arguments.conf)
    try:
        refused = analyse(plan, program, module, spark)
    finally:
        end(spark)
    for one in refused:
        print(refusal(plan, one), file=sys.stderr)
    if refused:
        return 2
    print(f"{plan.name}: Spark {spark.version} runs it: {counted(len(program.queries), 'query', 'queries')}"
          + (f", {counted(len(program.once), 'sink', 'sinks')} written once" if program.once else ""))
    for note in program.notes:
        print(f"  otherwise than natively: {note}")
    return 0


def counted(number, one, many):
    return f"{number} {one if number == 1 else many}"


def session(plan, settings):
    """A session on this machine, for its analysis only."""
    from pyspark.sql import SparkSession

    conf = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "OFF",
            "spark.sql.session.timeZone": plan.timezone, **dict(one.split("=", 1) for one in settings)}
    builder = SparkSession.builder.appName(plan.name).master("local[1]")
    for name, value in conf.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("OFF")
    return made


def analyse(plan, program, module, spark):
    """What Spark refuses, with the places of sinks and views."""
    stand_in(plan, module)
    refused = []
    try:
        module.define_views(spark)
    except user_errors() as error:
        return [Refused(f"Spark refuses a view: {words_of(error)}", *place_of_view(plan, error))]
    checker = spark._jvm.org.apache.spark.sql.catalyst.analysis.UnsupportedOperationChecker
    modes = spark._jvm.org.apache.spark.sql.streaming.OutputMode
    for query in program.queries:
        if not query.frame:
            continue
        try:
            frame = eval(query.frame, {**module.__dict__, "spark": spark})
            mode = {"append": modes.Append, "update": modes.Update, "complete": modes.Complete}[query.output]()
            checker.checkForStreaming(frame._jdf.queryExecution().analyzed(), mode)
            if query.result:
                empty = spark.createDataFrame([], frame.schema)
                getattr(module, query.result)(empty)
        except user_errors() as error:
            refused.append(Refused(f"sink {query.name}: Spark refuses its query: {words_of(error)}", *query.at))
    return refused


def place_of_view(plan, error):
    """The place of the first view whose text the error quotes; else the file's beginning."""
    for view in plan.views.values():
        if view.name in str(error):
            return view.at
    return (1, 1)


def stand_in(plan, module):
    """Puts sources and tables without rows, of the plan's columns, in place of the real ones."""
    from .program.code import identifier

    for source in [*plan.sources.values(), *plan.tables.values()]:
        name = f"read_{identifier(source.name)}"
        if hasattr(module, name):
            setattr(module, name, lambda spark, source=source: empty(spark, source))


def empty(spark, source):
    mark = source.watermark and column_of(source.watermark)
    columns = [f"CAST(NULL AS {'TIMESTAMP' if name.lower() == mark else spark_type(kind)}) AS {quoted(name)}"
               for name, kind in source.columns]
    if source.is_table:
        return spark.range(0).selectExpr(*columns)
    frame = spark.readStream.format("rate").load().selectExpr(*columns)
    if source.watermark:
        frame = frame.withWatermark(mark, f"{source.watermark.delay_us // 1000} milliseconds")
    return frame
