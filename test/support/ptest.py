"""The .ptest language: reads a file into steps and does them. test/pipelines/README.md describes it."""

import fnmatch
import gzip
import re
import shlex
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

from support import tables
from support.broker import EmbeddedBroker, produce
from support.case import Failure, expect_equal
from support.program import Running, indent, sluice

MARK = "=== "
# Of the steps; other words with an equals sign are arguments of the program.
OPTION = re.compile("(batches|crash|cut|exit|header|key|partition|partitions)=")


@dataclass
class Step:
    """`=== word arguments name=value`, and the lines below it."""

    word: str
    arguments: list
    options: dict
    body: str
    line: int

    @property
    def lines(self):
        return self.body.splitlines()


def parse(path):
    """The steps of a .ptest file. Lines before the first step are the description."""
    steps = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith(MARK):
            word, *rest = shlex.split(line[len(MARK):])
            given = [text for text in rest if word == "set" or OPTION.match(text)]
            steps.append(Step(word, [text for text in rest if text not in given],
                              dict(text.split("=", 1) for text in given), "", number))
        elif steps:
            steps[-1].body += line + "\n"
        elif line and not line.startswith("#"):
            raise Failure(f"{path}:{number}: text before the first '{MARK}' must be a # comment")
    for step in steps:
        step.body = step.body.rstrip("\n") + "\n" if step.body.strip("\n") else ""
    return steps


def run_file(path, folder):
    """Runs the .ptest file in the empty `folder`."""
    import duckdb

    test = PipelineTest(folder)
    try:
        for step in parse(path):
            action = getattr(test, "do_" + step.word.replace("-", "_"), None)
            if action is None:
                raise Failure(f"{path}:{step.line}: no such step: {step.word}")
            try:
                action(step)
            except (Failure, duckdb.Error) as failure:
                raise Failure(f"{path.name}:{step.line}: {step.word}: {failure}")
        test.check_nothing_runs()
    finally:
        test.close()


@dataclass
class PipelineTest:
    """The state of one test: its folder, its broker, the last run."""

    folder: Path
    env: dict = field(default_factory=dict)
    last: object = None      # Finished: what `output`, `error`, `progress` look at
    running: object = None   # Running: between `start` and `stop`
    broker: object = None

    def __post_init__(self):
        self.env["DIR"] = str(self.folder)

    def close(self):
        if self.running:
            self.running.kill()
        if self.broker:
            self.broker.stop()

    def check_nothing_runs(self):
        if self.running:
            raise Failure("the test ends with a pipeline running: add a `stop`")

    # ---- what goes in

    def do_pipeline(self, step):
        (self.folder / "pipeline.yaml").write_text(step.body, encoding="utf-8")

    def do_set(self, step):
        self.env.update(step.options)

    def do_topic(self, step):
        self._broker().create_topic(step.arguments[0], int(step.options.get("partitions", 1)))

    def do_feed(self, step):
        if step.arguments[0] == "kafka":
            topic = step.arguments[1]
            broker = self._broker()
            broker.create_topic(topic, int(step.options.get("partitions", 1)))
            values = [None if line == "TOMBSTONE" else line.encode() for line in step.lines]
            produce(broker.address, topic, values,
                    partition=int(step.options.get("partition", 0)),
                    key=step.options.get("key", "").encode() or None)
            return
        path = self.folder / step.arguments[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        content = step.body.encode()
        if path.suffix == ".gz":
            content = gzip.compress(content)
        cut = int(step.options.get("cut", 0))
        with open(path, "ab") as file:
            file.write(content[:len(content) - cut])

    def _broker(self):
        if self.broker is None:
            self.broker = EmbeddedBroker(self.folder)
            self.env.update(self.broker.env)
        return self.broker

    # ---- what is done

    def do_run(self, step):
        env = dict(self.env)
        arguments = step.arguments or ["--available-now"]
        if crash := step.options.get("crash"):
            env["SLUICE_CRASH"] = crash
        self.last = sluice("run", "pipeline.yaml", *arguments, cwd=self.folder, env=env)
        if crash and self.last.exit != -signal.SIGKILL:
            raise Failure(f"the crash point {crash} was not reached\n"
                          + indent(self.last.err, "  stderr| "))
        if not crash:
            self.last.must_exit(int(step.options.get("exit", 0)))

    def do_check(self, step):
        self.last = sluice("check", "pipeline.yaml", *step.arguments, cwd=self.folder, env=self.env)
        self.last.must_exit(int(step.options.get("exit", 0)))

    def do_consume(self, step):
        self.last = sluice("consume", *step.arguments, cwd=self.folder, env=self.env)
        self.last.must_exit(int(step.options.get("exit", 0)))

    def do_sql(self, step):
        """`sluice sql` with the body as the query."""
        self.last = sluice("sql", step.body, *step.arguments, cwd=self.folder, env=self.env)
        self.last.must_exit(int(step.options.get("exit", 0)))

    def do_checkpoint(self, step):
        self.last = sluice("checkpoint", *step.arguments, cwd=self.folder, env=self.env)
        self.last.must_exit(int(step.options.get("exit", 0)))

    def do_start(self, step):
        """In the background, until a batch is done (batches=N: until N are)."""
        batches = int(step.options.get("batches", 1))
        self.running = Running("run", "pipeline.yaml", "--progress", "json", *step.arguments,
                               cwd=self.folder, env=self.env)
        self.running.wait_for(lambda out, err: progress_lines(err) >= batches,
                              f"batch {batches} was done")

    def do_stop(self, step):
        """SIGINT (or kill -9), then the end."""
        killed = "kill" in step.arguments
        self.last = self.running.kill() if killed else self.running.stop()
        self.running = None
        if not killed:
            self.last.must_exit(int(step.options.get("exit", 0)))

    def do_remove(self, step):
        path = self.folder / step.arguments[0]
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    # ---- what must have come out

    def do_output(self, step):
        """To the letter; `matches`: `*` and `?` in a line stand for anything."""
        if "matches" in step.arguments:
            lines = self.last.out.rstrip().splitlines()
            if len(lines) == len(step.lines) and all(map(fnmatch.fnmatchcase, lines, step.lines)):
                return
        expect_equal(step.body.rstrip(), self.last.out.rstrip(), "the console shows something else")

    def do_error(self, step):
        self._expect_lines(step, self.last.err, "the message")

    def do_summary(self, step):
        self._expect_lines(step, self.last.err, "the summary")

    def _expect_lines(self, step, text, what):
        """Each line of the body is in the text, in this order; blanks count as one."""
        at = 0
        flat = " ".join(text.replace(str(self.folder), "${DIR}").split())
        for line in step.lines:
            wanted = " ".join(line.split())
            found = flat.find(wanted, at)
            if found < 0:
                raise Failure(f"{what} lacks: {line}\n{indent(text, '  stderr| ')}")
            at = found + len(wanted)

    def do_rows(self, step):
        kind, path = step.arguments
        self._expect_rows(step, kind, path)

    def do_dead_letters(self, step):
        path = step.arguments[1] if len(step.arguments) > 1 else "checkpoint/dead_letter"
        kind = step.arguments[0] if step.arguments else "parquet"
        self._expect_rows(step, kind, path)

    def _expect_rows(self, step, kind, path):
        """The first line of the body is a list of SQL expressions, the others are their values."""
        duck = tables.connection()
        header = step.options.get("header", "true") == "true"
        there = tables.define_table(duck, "t", kind, self.folder / path, header)
        if not step.lines:
            rows = tables.rows_as_text(duck, "SELECT * FROM t") if there else []
            expect_equal("", shown(rows), f"{path} should be empty")
            return
        if not there:
            raise Failure(f"{path} holds no {kind} table")
        select, *expected = [split_cells(line) for line in step.lines]
        got = tables.rows_as_text(duck, f"SELECT {', '.join(select)} FROM t")
        expect_equal(shown(sorted(expected)), shown(got), f"rows of {path}")

    def do_schema(self, step):
        kind, path = step.arguments
        duck = tables.connection()
        if not tables.define_table(duck, "t", kind, self.folder / path):
            raise Failure(f"{path} holds no {kind} table")
        got = [f"{name} {type_}" for name, type_, *_ in duck.execute("DESCRIBE t").fetchall()]
        expect_equal(step.lines, got, f"columns of {path}")

    def do_files(self, step):
        """The files below a folder; `*` in the expected names stands for anything."""
        root = self.folder / step.arguments[0]
        got = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        same = len(got) == len(step.lines) and all(
            fnmatch.fnmatchcase(name, pattern) for name, pattern in zip(got, step.lines))
        if not same:
            expect_equal(step.lines, got, f"files in {step.arguments[0]}")

    def do_progress(self, step):
        """The progress objects as rows: the first line says which fields, like progress.field[0]."""
        import json

        duck = tables.connection()
        lines = self.folder / "progress.jsonl"
        lines.write_text("".join(json.dumps(line) + "\n" for line in self.last.progress))
        select, *expected = [split_cells(line) for line in step.lines]
        got = tables.rows_as_text(duck, f"SELECT {', '.join(select)} FROM "
                                        f"read_json('{lines}', format='newline_delimited')")
        expect_equal(shown(sorted(expected)), shown(got), "progress")


def progress_lines(err):
    return sum(line.startswith("{") for line in err.splitlines())


def split_cells(line):
    return [cell.strip() for cell in line.split(" | ")]


def shown(rows):
    return "\n".join(" | ".join(row) for row in rows)
