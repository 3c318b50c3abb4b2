"""The generator: a plan becomes a readable PySpark program that needs nothing but Spark."""

import textwrap
from dataclasses import dataclass
from typing import Dict, List, Tuple

from ..errors import Refused
from .code import function, identifier, literal
from .connectors import stores
from .context import Context
from .needs import MODULES
from .functions import register_function
from .session import EXCHANGE_REUSE, coordinates, packages_constant, session_conf, session_function
from .sinks import SinkCode, letters_functions
from .sources import SourceCode
from .views import Views, over_result_function


QUERY_SESSION = '''\
def query_session(spark: SparkSession) -> SparkSession:
    """A session for one query. Spark gives each query one by itself, a Spark Connect server does not."""
    return spark.cloneSession() if is_remote() else spark
'''


@dataclass
class Query:
    """A streaming query of the program: its name, the function that starts it, and what it reads."""

    name: str
    start: str
    frame: str  # an expression over `spark`, for checks; "" for dead letters
    output: str
    at: Tuple[int, int]
    result: str = ""  # the function that makes a view over the whole result of it


@dataclass
class Program:
    """`environment`: variables that make the program's settings the plan's. `conf`: Spark's settings, as
    expressions. `once`: functions that write a sink in one batch."""

    text: str
    queries: List[Query]
    once: List[Tuple[str, str]]
    packages: List[str]
    conf: Dict[str, str]
    environment: Dict[str, str]
    unset: List[Tuple[str, Tuple[int, int]]]
    notes: List[str]


class NotPossible(Exception):
    """What Spark cannot do with the pipeline: all of it, each with its place in the file."""

    def __init__(self, refusals):
        super().__init__("; ".join(map(str, refusals)))
        self.refusals = refusals


def generate(plan):
    """The program; NotPossible with everything that Spark lacks."""
    return Generator(plan).program()


class Generator:
    def __init__(self, plan):
        self.plan = plan
        self.context = Context(plan)
        self.views = Views(self.context)

    def program(self):
        plan, context = self.plan, self.context
        if not plan.sinks:
            context.refusals.append(Refused("the file has no sinks, so there is nothing to run on Spark", 1, 1))
        sinks = [made for one in plan.sinks for made in [context.attempt(SinkCode, context, self.views, one)] if made]
        reached = list(dict.fromkeys(name for one in plan.sinks for name in self.views.reaches(one.source)))
        inputs = [made for name in reached if plan.input(name)
                  for made in [context.attempt(SourceCode, context, plan.input(name), at=plan.input(name).at)] if made]
        if any(self.views.reads_twice(one.source) for one in plan.sinks):
            context.needs.conf[EXCHANGE_REUSE] = '"false"'
        readers = [text for one in inputs for text in context.attempt(one.functions, at=one.source.at) or []]
        views = context.attempt(self.views_function, reached) or ""
        results = self.results(sinks)
        writers, queries, once = [], [], []
        for one in inputs:
            if one.rejects and not one.source.is_table:
                writers += context.attempt(letters_functions, context, one) or []
                name = identifier(one.source.name)
                queries.append(Query(f"dead-letters-{one.source.name}", f"start_{name}_dead_letters", "", "append", one.source.at))
        for one in sinks:
            writers += context.attempt(one.functions) or []
            if one.once:
                once.append((one.sink.name, f"write_{one.name}"))
            else:
                queries.append(Query(one.sink.name, f"start_{one.name}", one.frame(), one.output, one.sink.at,
                                     f"view_{identifier(one.sink.source)}" if one.over else ""))
        checkpoint = context.attempt(context.values.checkpoint)
        context.attempt(stores.finish, context)
        if plan.ignored:
            context.note(f"{', '.join(plan.ignored)}: not on Spark")
        if context.refusals:
            raise NotPossible(sorted(context.refusals, key=lambda one: (one.line, one.column)))
        if needs_own_sessions(context.needs, queries):
            context.needs.helper("query_session", QUERY_SESSION)
        main = self.main(queries, once)
        text = self.text(checkpoint if queries else None, [*readers, register_function(context.needs), views, *results, *writers, main])
        return Program(text, queries, once, coordinates(context.needs.packages), session_conf(plan, context.needs),
                       context.values.environment, context.unset, context.needs.notes)

    def views_function(self, reached):
        """Sources and views under their names, for SQL."""
        lines = []
        for name in reached:
            if self.plan.input(name):
                lines.append(f"read_{identifier(name)}(spark).createOrReplaceTempView({literal(name)})")
            elif name in self.plan.views and not self.views.is_over_result(name):
                frame = self.context.attempt(self.views.frame, self.plan.views[name])
                lines.append(f"{frame}.createOrReplaceTempView({literal(name)})")
        if self.context.needs.functions:
            lines.insert(0, "register_functions(spark)")
        words = "Sources and views under their names, for SQL." if self.plan.views else "Sources under their names."
        return function("define_views", "spark: SparkSession", words, "\n".join(lines))

    def results(self, sinks):
        made = {one.sink.source: one for one in sinks if one.over}
        return [text for name, one in made.items()
                for text in [self.context.attempt(over_result_function, self.views, name, one.result)] if text]

    def main(self, queries, once):
        lines = ["spark = session()", "define_views(spark)"]
        lines += [f"{name}(spark)" for _, name in once]
        if queries:
            own = "query_session(spark)" if needs_own_sessions(self.context.needs, queries) else "spark"
            starts = ", ".join(f"{one.start}({own})" for one in queries)
            line = f"queries = [{starts}]"
            if len(line) > 90:
                line = "queries = [\n" + "".join(f"    {one.start}({own}),\n" for one in queries) + "]"
            lines += [line, "while queries:  # a query that has failed raises what it failed with",
                      "    queries = [query for query in queries if not query.awaitTermination(1)]"]
        words = "Runs every query until all have ended, or one has failed." if queries else "Writes every sink once."
        return function("main", "", words, "\n".join(lines)) + '\n\nif __name__ == "__main__":\n    main()\n'

    def text(self, checkpoint, functions):
        """Imports, settings, helpers, functions, in this order."""
        plan, needs = self.plan, self.context.needs
        session = session_function(plan, needs)
        imports = ["from pyspark.sql import " + ", ".join(
            sorted({"SparkSession", *(["DataFrame"] if any("DataFrame" in one for one in functions) else []),
                    *[name for name in ("Column", "Window") if name in needs.modules]}))]
        modules = [line for name, line in MODULES.items() if name in needs.modules and name not in ("Column", "Window")]
        standard = sorted(line for line in modules if "pyspark" not in line)
        imports += [line for line in modules if "pyspark" in line]
        settings = "\n".join([f"PIPELINE = {literal(plan.name)}", *self.settings(checkpoint)])
        head = f'"""{self.documentation()}"""\n\n' + ("\n".join(standard) + "\n\n" if standard else "") + "\n".join(imports)
        early = [text for name, text in needs.helpers.items() if name in ("location", "content")]
        rest = [text for name, text in needs.helpers.items() if name not in ("location", "content")]
        parts = [head + "\n", *early, settings + "\n", *rest, session, *functions]
        return "\n\n".join(part for part in parts if part)

    def settings(self, checkpoint):
        needs = self.context.needs
        lines = [f"{name} = {value}" for name, value in needs.settings.items()]
        if checkpoint:
            lines.append(f"CHECKPOINT = {checkpoint}")
        packages = packages_constant(needs)
        return [*lines, packages] if packages else lines

    def documentation(self):
        plan = self.plan
        names = " --packages " + ",".join(coordinates(self.context.needs.packages)) if self.context.needs.packages else ""
        made = [f"{plan.name}: a program for Apache Spark's Structured Streaming, made by sluice of {plan.file}.", "",
                f"    spark-submit{names} program.py", ""]
        if names:
            made += ["A plain python3 takes the packages itself.", ""]
        if self.context.needs.notes:
            made += ["Otherwise than in sluice:", ""]
            made += [line for note in self.context.needs.notes for line in wrapped(note)]
        text = "\n".join(made).rstrip() + "\n"
        return text.replace("\\", "/").replace('"""', "'''")


def needs_own_sessions(needs, queries):
    """Whether queries set what a session has: its txnAppId (`once`), its view of a batch."""
    return len(queries) > 1 and "once" in needs.helpers


def wrapped(note):
    return textwrap.wrap(note, 96, initial_indent="- ", subsequent_indent="  ")
