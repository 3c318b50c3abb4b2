"""A project of Spark Declarative Pipelines: streams that append become flows into sinks, whole results
materialized views over the streaming tables of their sources."""

import textwrap

from sqlglot import exp

from .errors import Refused
from .program import Generator, NotPossible, spark_sql
from .program.code import function, identifier, indent, listing, literal
from .program.needs import MODULES
from .program.session import DELTA_CONF, coordinates, session_conf
from .program.sources import SourceCode
from .program.writer import Writing
from .program.connectors import connector_for, stores
from .program.views import drop_duplicates, quoted_duckdb, sql_argument, watermark_call

LEFT_OUT = {"console": "a pipeline has no console", "cassandra": "a pipeline writes by streaming sinks only"}


def project(plan):
    """{name: text} of its files; NotPossible with what such a pipeline lacks."""
    made = Project(plan)
    text = made.transformations()
    if made.context.refusals:
        raise NotPossible(made.context.refusals)
    return {"spark-pipeline.yml": made.specification(), f"transformations/{identifier(plan.name)}.py": text}, made.notes()


class Project(Generator):
    """The program's own readers, with flows in place of queries."""

    def specification(self):
        """What spark-pipelines runs, and with which settings."""
        plan = self.plan
        conf = {name: eval(text, {}) for name, text in session_conf(plan, self.context.needs).items()
                if text.startswith('"') and name not in DELTA_CONF} | self.known
        lines = [self.command(), f"name: {plan.name}", f"storage: {storage(plan)}", "libraries:", "  - glob:",
                 "      include: transformations/**", "configuration:"]
        lines += [f"  {name}: {literal(value)}" for name, value in conf.items()]
        return "\n".join(lines) + "\n"

    def command(self):
        """What runs the project, with what only the start of a JVM can take."""
        packages = coordinates(self.context.needs.packages)
        words = [f"--packages {','.join(packages)}"] if packages else []
        if "delta" in self.context.needs.packages:
            words += [f"--conf {name}={literal_value(text)}" for name, text in DELTA_CONF.items()]
        return " \\\n#       ".join(["#   spark-pipelines run", *words])

    def notes(self):
        return self.context.needs.notes

    def transformations(self):
        plan, context = self.plan, self.context
        sinks = [one for one in plan.sinks if not self.left_out(one)]
        flows = [one for one in sinks if one.mode == "append" and self.views.is_streaming(one.source)]
        wholes = [one for one in sinks if one not in flows]
        for one in [one for one in wholes if one.mode == "update"]:
            context.refusals.append(Refused(f"sink {one.name}: a declarative pipeline has no mode update", *one.at))
        stored = [name for name in self.below(wholes) if self.is_stored(name)]
        streamed = list(dict.fromkeys([*self.below(flows), *[below for name in stored for below in self.views.reaches(name)]]))
        codes = {name: made for name in dict.fromkeys([*streamed, *self.below(wholes)]) if plan.input(name)
                 for made in [context.attempt(SourceCode, context, plan.input(name), at=plan.input(name).at)] if made}
        parts = [text for one in codes.values() for text in context.attempt(one.functions, at=one.source.at) or []]
        parts += [self.source(code, name in stored) for name, code in codes.items()]
        parts += [context.attempt(self.view, plan.views[name], name in stored) or "" for name in streamed if name in plan.views]
        parts += [context.attempt(self.flow, one) or "" for one in flows]
        parts += [context.attempt(self.letters, code) or "" for code in codes.values() if code.rejects]
        parts += [context.attempt(self.whole, one) or "" for one in wholes]
        context.attempt(stores.finish, context)
        self.settle_later()
        return self.joined(parts)

    def settle_later(self):
        """What a program sets once its session is there: a pipeline has it from its specification, but for what only a
        run knows."""
        unknown = []
        self.known = {}
        for name, text in self.context.needs.later.items():
            if name.startswith('"') and text.startswith('"') and "(" not in text:
                self.known[literal_value(name)] = literal_value(text)
            else:
                unknown.append(name.strip('f"'))
        if unknown:
            self.context.note("the pipeline's session must have what only a run knows, and no file should have: "
                              + ", ".join(unknown))

    def left_out(self, sink):
        reason = LEFT_OUT.get(sink.connector.kind)
        if reason:
            self.context.note(f"sink {sink.name} is left out: {reason}")
        return reason

    def below(self, sinks):
        """What they read, in order."""
        return list(dict.fromkeys(name for one in sinks for name in self.views.reaches(one.source)))

    def is_stored(self, name):
        """Whether whole results read it as a streaming table: a source, or a view that leaves rows out as they come."""
        view = self.plan.views.get(name)
        return name in self.plan.sources or view is not None and self.views.is_streaming(name) and (
            bool(view.deduplicate) or view.kind in ("deduplicated", "join"))

    def source(self, code, is_stored):
        """A source as a dataset: a streaming table where whole results read it."""
        kind = "table" if is_stored else "temporary_view"
        name = code.source.name
        return f"@dp.{kind}(name={literal(name)})\n" + function(
            f"{identifier(name)}_rows", "", f"{'Table' if code.source.is_table else 'Source'} {name}.",
            f"return read_{code.name}(spark)", "DataFrame")

    def view(self, view, is_stored):
        """A view whose rows come batch by batch."""
        made = self.views.translated(view)
        distinct = made.distinct if view.kind == "deduplicated" else None
        text = self.streaming(made.distinct_sql if distinct is not None else made.sql)
        calls = drop_duplicates(distinct) if distinct is not None else ""
        if view.late_to:
            raise Refused(f"'late' of view {view.name}: Spark gives late rows to nobody: leave it out", *view.at)
        if view.deduplicate:
            calls += self.views.deduplicated(view)
        if view.watermark:
            calls += watermark_call(self.context, view.watermark, view.columns, f"view {view.name}")
        kind = "table" if is_stored else "temporary_view"
        return f"@dp.{kind}(name={literal(view.name)})\n" + function(
            f"{identifier(view.name)}_rows", "", f"View {view.name}.", f"return spark.sql({sql_argument(text)}){calls}",
            "DataFrame")

    def streaming(self, text):
        """SQL in which streams are read as such: STREAM(name)."""
        tree = spark_sql.read(text)
        defined = {one.alias.lower() for one in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            if isinstance(table.this, exp.Identifier) and table.name.lower() not in defined \
                    and self.views.is_streaming(table.name):
                alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
                table.replace(exp.Table(this=exp.Anonymous(this="STREAM", expressions=[exp.column(table.name)]), alias=alias))
        return spark_sql.write(tree)

    def flow(self, sink):
        """A sink of Spark's own, and the stream that is appended to it."""
        writing = Writing(sink, self.plan.columns_of(sink.source))
        writer = connector_for(sink.connector, "sink").sink(self.context, writing)
        form, options = writer.format, writer.options
        if sink.connector.kind == "delta":
            form, options = "delta", [("path", self.context.values.path(sink.connector))]
        if writer.calls:
            self.context.note(f"sink {sink.name}: partition_by is left out: a pipeline's sink has no partitions")
        name = f"{identifier(sink.name)}_sink"
        select = "".join(writer.select)
        return self.sink(name, form, options) + f"\n\n@dp.append_flow(target={literal(name)})\n" + function(
            f"{identifier(sink.name)}_flow", "", f"Sink {sink.name}: rows of {sink.source}, {writer.words}.",
            f"return spark.readStream.table({literal(sink.source)}){select}", "DataFrame")

    @staticmethod
    def sink(name, form, options):
        pairs = listing([f"{literal(key)}: {value}" for key, value in options], "{", "}")
        return f"dp.create_sink({literal(name)}, {literal(form)}, {pairs})\n"

    def letters(self, code):
        """Dead letters, appended to files; a flow does not know its batch's number."""
        source, plan = code.source, self.plan
        path = self.context.values.place(f"{plan.checkpoint}/dead_letter/{source.name}", None, source.at)
        if source.dead_letter:
            path = self.context.values.path(source.dead_letter)
        form = {"delta": "delta", "json_lines": "json"}.get(source.dead_letter.kind if source.dead_letter else "", "parquet")
        name = f"{identifier(source.name)}_dead_letters"
        columns = "".join(f"    {literal(one)},\n" for one in code.letters())
        body = f"return (\n    decode_{code.name}(spark)\n    .where(\"reason IS NOT NULL\")\n    .selectExpr(\n" \
               + indent(columns) + "    )\n)"
        return self.sink(name, form, [("path", path)]) + f"\n\n@dp.append_flow(target={literal(name)})\n" + function(
            f"{name}_flow", "", f"Records of source {source.name} that do not decode.", body, "DataFrame")

    def whole(self, sink):
        """A whole result: what a sink of mode complete or upsert has, as a table of the catalog."""
        if sink.delete_when or sink.order_by:
            raise Refused(f"sink {sink.name}: rows of one key take each other's place: create_auto_cdc_flow does that, by hand",
                          *sink.at)
        names = [name for name in self.above_stored(sink.source) if name in self.plan.views]
        steps = [f"{quoted_duckdb(name)[1:-1]} AS (\n{indent(self.views.translated(self.plan.views[name]).sql)}\n)" for name in names]
        text = (f"WITH {', '.join(steps)}\n" if steps else "") + f"SELECT * FROM {sink.source}"
        self.context.note(f"sink {sink.name} is the table {identifier(sink.name)} of the catalog, not {sink.connector.get('path')}")
        return f"@dp.materialized_view(name={literal(identifier(sink.name))})\n" + function(
            f"{identifier(sink.name)}_result", "", f"Sink {sink.name}: the whole result of {sink.source}.",
            f"return spark.sql({sql_argument(text)})", "DataFrame")

    def above_stored(self, name):
        """The views that a whole result computes itself, each after what it reads."""
        if self.is_stored(name) or name not in self.plan.views:
            return []
        found = [one for below in self.plan.views[name].reads for one in self.above_stored(below)]
        return list(dict.fromkeys([*found, name]))

    def joined(self, parts):
        plan, needs = self.plan, self.context.needs
        modules = [line for name, line in MODULES.items() if name in needs.modules and name not in ("Column", "Window",
                                                                                                  "StreamingQuery")]
        names = sorted({"DataFrame", "SparkSession", *[name for name in ("Column", "Window") if name in needs.modules]})
        standard = sorted(line for line in modules if "pyspark" not in line)
        imports = ["from pyspark import pipelines as dp", "from pyspark.sql import " + ", ".join(names),
                   *[line for line in modules if "pyspark" in line]]
        notes = [line for note in needs.notes for line in textwrap.wrap(note, 96, initial_indent="- ", subsequent_indent="  ")]
        words = f"{plan.name}: datasets and flows of a declarative pipeline, made by sluice of {plan.file}.\n\n" \
                "    spark-pipelines run   # the whole command is in spark-pipeline.yml\n\n" + ("Otherwise than in sluice:\n\n" + "\n".join(notes) + "\n" if notes else "")
        head = f'"""{words.rstrip()}\n"""\n\n' + ("\n".join(standard) + "\n\n" if standard else "") + "\n".join(imports) + "\n"
        head += "\nspark = SparkSession.getActiveSession() if \"spark\" not in globals() else globals()[\"spark\"]\n"
        early = [text for name, text in needs.helpers.items() if name in ("location", "content")]
        rest = [text for name, text in needs.helpers.items() if name not in ("location", "content", "once", "newest", "unique")]
        settings = [f"PIPELINE = {literal(plan.name)}", *[f"{name} = {value}" for name, value in needs.settings.items()]]
        return "\n\n".join([head, *early, "\n".join(settings) + "\n", *rest, *[one for one in parts if one]])


def literal_value(text):
    return eval(text, {})


def storage(plan):
    """The folder of the pipeline's own checkpoints, as a URI."""
    path = plan.checkpoint if plan.checkpoint.startswith("/") else f"{plan.folder}/{plan.checkpoint}"
    return f"file://{path}/spark-pipelines"
