"""Runs the generated program: the very text that export prints, with sluice's progress and Ctrl+C around it."""

import linecache
import os
import signal
import sys
import time
import types

from .messages import Log, shown_error, user_errors
from .progress import Progress

POLL_SECONDS = 0.2
STOP_POLL_SECONDS = 0.01
STOP_SECONDS = 600


class Stop:
    """What Ctrl+C and SIGTERM ask: first an end after the batch, then one at once."""

    def __init__(self):
        self.asked = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, *_):
        self.asked += 1


def load(program, environment=None):
    """The program as a module; the environment gets what its settings are made of."""
    os.environ.update({**program.environment, **(environment or {})})
    module = types.ModuleType("sluice_program")
    module.__file__ = "<program>"
    lines = program.text.splitlines(keepends=True)
    linecache.cache[module.__file__] = (len(program.text), None, lines, module.__file__)
    sys.modules[module.__name__] = module
    exec(compile(program.text, module.__file__, "exec"), module.__dict__)
    return module


def start_session(plan, program, module, master=None, remote=None, settings=()):
    """The session that the program's own session() then finds."""
    from pyspark.sql import SparkSession

    given = dict(one.split("=", 1) for one in settings)
    builder = SparkSession.builder.appName(plan.name)
    conf = {name: eval(text, module.__dict__) for name, text in program.conf.items()}
    if remote:
        builder = builder.remote(remote)
        conf = {name: value for name, value in conf.items() if name.startswith("spark.sql.") and "catalog" not in name
                and "extensions" not in name}
    else:
        conf |= {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
        if program.packages and not {"spark.jars", "spark.jars.packages"} & set(given):
            conf["spark.jars.packages"] = ",".join(program.packages)
        if master:
            builder = builder.master(master)
    for name, value in {**conf, **given}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    if hasattr(module, "connect"):
        module.connect(spark)
        for name, value in given.items():  # what the command says counts more than the file
            if name.startswith(("spark.hadoop.fs.", "spark.cassandra.")):
                spark.conf.set(name.removeprefix("spark.hadoop."), value)
    return spark


def run(plan, program, arguments):
    """The exit code."""
    log = Log(arguments.log_level)
    if arguments.remote and program.packages:
        log.info("the server of --remote must have " + ", ".join(program.packages))
    for note in program.notes:
        log.warn(note)
    module = load(program)
    spark = start_session(plan, program, module, arguments.master, arguments.remote, arguments.conf)
    if arguments.remote:
        from pyspark import cloudpickle

        cloudpickle.register_pickle_by_value(module)  # the server cannot import it
    else:
        spark.sparkContext.setLogLevel("ERROR")
        if refused := refusals(plan, program, spark):
            print("\n".join(refused), file=sys.stderr)
            end(spark)
            return 2
        module = load(program)
    stop = Stop()
    progress = Progress(plan, arguments.progress, log)
    try:
        module.define_views(spark)
        for sink, name in program.once:
            if not stop.asked:
                began = time.monotonic()
                getattr(module, name)(spark)
                progress.once(sink, time.monotonic() - began)
        queries = []
        own = getattr(module, "query_session", lambda session: session)
        for one in program.queries:
            if not stop.asked:
                queries.append(getattr(module, one.start)(own(spark)))
        return follow(queries, stop, progress, log)
    except user_errors() as error:
        print(shown_error(plan, error), file=sys.stderr)
        return 2
    finally:
        progress.summary()
        end(spark)


def refusals(plan, program, spark):
    """What Spark does not run, in words, before anything of it is started."""
    from .check import analyse
    from .messages import refusal

    return [refusal(plan, one) for one in analyse(plan, program, load(program), spark)]


def follow(queries, stop, progress, log):
    """Until all queries have ended, one has failed, or somebody has asked for an end."""
    active = list(queries)
    while active:
        for query in list(active):
            progress.of(query)
            if not query.isActive:
                progress.of(query)
                active.remove(query)
                error = query.exception()
                if error is not None:
                    print(f"error: sink {query.name}: {first_words(error)}", file=sys.stderr)
                    stop_now(active)
                    return 1
        if stop.asked:
            log.info("stopping: the current batch is finished first")
            stop_after_batch(active, stop, progress)
            break
        time.sleep(POLL_SECONDS)
    return 130 if stop.asked > 1 else 0


def stop_after_batch(queries, stop, progress):
    """Each query once it is between two batches; at once when asked again."""
    at_work = {query: batches(query) for query in queries}
    deadline = time.monotonic() + STOP_SECONDS
    while at_work and stop.asked < 2 and time.monotonic() < deadline:
        for query, before in list(at_work.items()):
            status = query.status
            if not query.isActive or not status["isTriggerActive"] or not status["isDataAvailable"] \
                    or batches(query) != before:
                query.stop()
                progress.of(query)
                del at_work[query]
        time.sleep(STOP_POLL_SECONDS)
    stop_now(at_work)


def batches(query):
    """The number of the last batch that has ended, so that another one shows."""
    last = query.lastProgress
    return last and last["batchId"]


def stop_now(queries):
    for query in queries:
        try:
            query.stop()
        except Exception:  # it has ended meanwhile, or its server has
            pass


def first_words(error):
    """What a query has failed with, without the plan and the stack."""
    text = str(error).split("\n\nCurrent Committed Offsets")[0].split("=== Streaming Query ===")[0]
    lines = [line for line in text.splitlines() if line.strip()]
    return " ".join(lines[:3])[:1000] if lines else type(error).__name__


def end(spark):
    try:
        spark.stop()
    except Exception:  # the JVM is gone already
        pass
