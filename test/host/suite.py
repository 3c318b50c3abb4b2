"""Several pipelines in one process: each gives the tables that it gives alone, whatever becomes of the
others. The referee is each file run by itself, and plain DuckDB over the input."""

import json
import random
import re
import shutil
import signal
import socket
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from crash.hits import hits_of, must_die
from support import tables
from support.case import Case, Failure, expect_equal
from support.live import Live
from support.placed import place
from support.program import Running, indent, sluice

BATCHES, ROWS = 4, 30

PIPELINE = """\
name: {name}
sources:
  numbers:
    json_lines: {{path: in-{name}, max_files_per_trigger: 1, schema: {{id: BIGINT, amount: "DECIMAL(22,12)"}}}}
views:
  totals: SELECT id % 5 AS k, count(*) AS n, sum(amount) AS amount FROM numbers GROUP BY 1
sinks:
  rows: {{from: numbers, {sink}: {{path: out-{name}/rows}}}}
  totals: {{from: totals, mode: complete, parquet: {{path: out-{name}/totals}}}}
checkpoint: checkpoint-{name}
"""

SINKS = {"orders": "delta", "payments": "parquet", "returns": "csv"}


def cases():
    yield Case("each_as_alone", each_as_alone)
    yield Case("folder", folder_of_files)
    yield Case("broken_at_start", broken_at_start)
    yield Case("fails_in_the_middle", fails_in_the_middle)
    yield Case("same_name", lambda folder: have_in_common(folder, "name"))
    yield Case("same_checkpoint", lambda folder: have_in_common(folder, "checkpoint"))
    yield Case("file_given_twice", file_given_twice)
    yield Case("locked_checkpoint", locked_checkpoint)
    yield Case("interrupt", interrupt)
    yield Case("every_point", every_point)
    yield Case("random_kills", random_kills)
    yield Case("console", console)
    yield Case("variables", variables)
    yield Case("one_stdin", one_stdin)
    yield Case("progress", progress)
    yield Case("check", check_files)
    yield Case("restarted", restarted)
    yield Case("systemd", systemd)


def numbers(name, batch):
    """The rows of a file of input; those of each pipeline are others."""
    first = batch * ROWS + 1000 * len(name)
    return [{"id": n, "amount": f"{n}.{n:012d}"} for n in range(first, first + ROWS)]


def feed(folder, name, batch):
    lines = "".join(json.dumps(row) + "\n" for row in numbers(name, batch))
    whole = folder / f"in-{name}" / f".{batch:04d}"
    whole.write_text(lines)
    whole.rename(whole.with_name(f"{batch:04d}.jsonl"))


def write(folder, *names, batches=BATCHES, into="."):
    """Pipeline files with their input; their names on the command line."""
    for name in names:
        (folder / f"in-{name}").mkdir()
        for batch in range(batches):
            feed(folder, name, batch)
        text = PIPELINE.format(name=name, sink=SINKS[name])
        (folder / into).mkdir(exist_ok=True)
        (folder / into / f"{name}.yaml").write_text(text)
    return [f"{name}.yaml" for name in names]


def run(folder, *paths, **more):
    return sluice("run", *paths, "--available-now", cwd=folder, **more)


def check(folder, *names, batches=BATCHES):
    for name in names:
        duck = tables.connection()
        for sink, kind in (("rows", SINKS[name]), ("totals", "parquet")):
            if not tables.define_table(duck, sink, kind, folder / f"out-{name}" / sink):
                raise Failure(f"{name}: {sink} holds nothing")
        values = ", ".join(f"({row['id']}, {row['amount']})"
                           for batch in range(batches) for row in numbers(name, batch))
        duck.execute(f"CREATE TABLE input AS SELECT id::BIGINT AS id, amount::DECIMAL(22,12) AS amount "
                     f"FROM (VALUES {values}) AS t(id, amount)")
        tables.expect_same_rows(duck, "SELECT id, amount FROM input",
                                "SELECT id::BIGINT AS id, amount::DECIMAL(22,12) AS amount FROM rows",
                                f"{name}: rows")
        tables.expect_same_rows(
            duck, "SELECT id % 5 AS k, count(*) AS n, sum(amount) AS amount FROM input GROUP BY 1",
            "SELECT k, n, amount FROM totals", f"{name}: totals")


def contents(folder, name):
    """The rows of both tables of a pipeline, in order."""
    duck = tables.connection()
    found = []
    for sink, kind in (("rows", SINKS[name]), ("totals", "parquet")):
        tables.define_table(duck, sink, kind, folder / f"out-{name}" / sink)
        found.append(tables.rows_as_text(duck, f"SELECT * FROM {sink}"))
    return found


def must_say(ended, *texts):
    for text in texts:
        if text not in ended.err:
            raise Failure(f"it does not say: {text}\n" + indent(ended.err, "  stderr| "))


def each_as_alone(folder):
    together, alone = folder / "together", folder / "alone"
    for place in (together, alone):
        place.mkdir()
        files = write(place, *SINKS)
    ended = run(together, *files).must_exit(0)
    for file in files:
        run(alone, file).must_exit(0)
    for name in SINKS:
        expect_equal(contents(alone, name), contents(together, name), name)
        must_say(ended, f"[{name}] batch {BATCHES - 1}: rows={ROWS}",
                 f"{name}: {BATCHES} batches, {BATCHES * ROWS} rows")
    check(together, *SINKS)


def folder_of_files(folder):
    write(folder, *SINKS, into="pipelines")
    (folder / "pipelines" / "returns.yaml").rename(folder / "pipelines" / "0-returns.yml")
    (folder / "pipelines" / "README.txt").write_text("no: [pipeline")
    (folder / "pipelines" / "below").mkdir()
    (folder / "pipelines" / "below" / "other.yaml").write_text("no: [pipeline")
    ended = run(folder, "pipelines").must_exit(0)
    check(folder, *SINKS)
    summaries = re.findall(r"^(\w+): \d+ batches", ended.err, re.MULTILINE)
    expect_equal(["returns", "orders", "payments"], summaries, "in the order of the files' names")
    (folder / "empty").mkdir()
    must_say(run(folder, "empty").must_exit(2), "empty: the folder has no pipeline file")


def broken_at_start(folder):
    files = write(folder, "orders", "payments", "returns")
    text = (folder / "payments.yaml").read_text()
    (folder / "payments.yaml").write_text(text.replace("json_lines:", "json_line:"))
    ended = run(folder, *files).must_exit(2)
    must_say(ended, "payments.yaml:4:5", "did you mean 'json_lines'?")
    if ended.err.index("payments.yaml:4:5") > ended.err.index("[orders] batch 0"):
        raise Failure("the broken file is not reported at once\n" + indent(ended.err, "  stderr| "))
    if ended.err.rindex("payments.yaml:4:5") < ended.err.index("returns: 4 batches"):
        raise Failure("the broken file is not reported at the end\n" + indent(ended.err, "  stderr| "))
    check(folder, "orders", "returns")
    # Nothing else is left to run.
    must_say(run(folder, "payments.yaml", "payments.yaml").must_exit(2), "payments.yaml:4:5")


def fails_in_the_middle(folder):
    files = write(folder, "orders", "payments", "returns", batches=2)
    text = (folder / "payments.yaml").read_text()
    (folder / "payments.yaml").write_text(text.replace("max_files", "on_error: fail, max_files"))
    running = Running("run", *files, cwd=folder)
    try:
        for name in SINKS:
            running.wait_for(lambda out, err: f"[{name}] batch 1:" in err, f"batch 1 of {name}")
        place(folder / "in-payments" / "8.jsonl", "no json\n")
        running.wait_for(lambda out, err: "[payments] failed, the others go on: E_BAD_RECORD" in err,
                         "the failure")
        for batch in (2, 3):
            feed(folder, "orders", batch)
            feed(folder, "returns", batch)
        for name in ("orders", "returns"):
            running.wait_for(lambda out, err: f"[{name}] batch 3:" in err, f"batch 3 of {name}")
        ended = running.stop().must_exit(2)
    finally:
        running.process.kill()
    check(folder, "orders", "returns")
    check(folder, "payments", batches=2)
    must_say(ended, "error: payments: E_BAD_RECORD", "orders: 4 batches, 120 rows",
             "payments: 2 batches, 60 rows")


def have_in_common(folder, key):
    """Which of the two is meant is not guessed; the third runs."""
    files = write(folder, *SINKS)
    text = (folder / "payments.yaml").read_text()
    same = {"name": "orders", "checkpoint": "./checkpoint-orders/"}[key]
    (folder / "payments.yaml").write_text(re.sub(f"^{key}: .*$", f"{key}: {same}", text,
                                                 flags=re.MULTILINE))
    ended = run(folder, *files).must_exit(2)
    must_say(ended, f"orders.yaml and payments.yaml have the same {key}")
    for name in ("orders", "payments"):
        if (folder / f"out-{name}").exists():
            raise Failure(f"{name} ran")
    check(folder, "returns")


def file_given_twice(folder):
    (file,) = write(folder, "orders")
    must_say(run(folder, file, file).must_exit(2), "orders.yaml is given twice")


def locked_checkpoint(folder):
    """The highest exit code counts; what another process runs is not touched."""
    files = write(folder, "orders", "payments")
    other = Running("run", "payments.yaml", cwd=folder)
    try:
        other.wait_for(lambda out, err: "batch 3:" in err, "the other process")
        ended = run(folder, *files).must_exit(3)
        must_say(ended, "error: payments: E_CHECKPOINT_LOCKED", "[payments] failed")
        other.stop().must_exit(0)
    finally:
        other.process.kill()
    check(folder, "orders", "payments")


def interrupt(folder):
    files = write(folder, *SINKS, batches=2)
    running = Running("run", *files, cwd=folder)
    try:
        for name in SINKS:
            running.wait_for(lambda out, err: f"[{name}] batch 1:" in err, f"batch 1 of {name}")
        ended = running.stop().must_exit(0)
    finally:
        running.process.kill()
    must_say(ended, "stopping: each pipeline finishes its current batch first")
    for name in SINKS:
        must_say(ended, f"[{name}] stopped", f"{name}: 2 batches, 60 rows")
    check(folder, *SINKS, batches=2)


def every_point(folder):
    """The process dies at every named instant, with two pipelines somewhere, and is started again."""
    names = ("orders", "payments")
    whole = folder / "whole"
    whole.mkdir()
    files = write(whole, *names)
    run(whole, *files, env={"SLUICE_CRASH": f"list:{folder / 'points'}"}).must_exit(0)
    check(whole, *names)
    failures = []
    for point in sorted(set((folder / "points").read_text().split())):
        for hit in hits_of(point, (1, 4)):
            own = folder / f"{point}-{hit}"
            own.mkdir()
            write(own, *names)
            try:
                died = run(own, *files, env={"SLUICE_CRASH": f"{point}:{hit}"})
                if died.exit != -signal.SIGKILL and (must_die(point, hit, BATCHES) or died.exit):
                    raise Failure(f"was not killed but ended with {died.exit}\n"
                                  + indent(died.err, "  stderr| "))
                run(own, *files).must_exit(0)
                check(own, *names)
                shutil.rmtree(own)
            except Failure as failure:
                failures.append(f"{point}:{hit}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


def random_kills(folder):
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    files = write(folder, *SINKS, batches=30)
    try:
        for _ in range(12):
            running = Running("run", *files, "--available-now", cwd=folder)
            time.sleep(chance.uniform(0.05, 0.6))
            ended = running.kill()
            if ended.exit not in (0, -signal.SIGKILL):
                raise Failure(f"ended by itself with {ended.exit}\n" + indent(ended.err, "  stderr| "))
        run(folder, *files).must_exit(0)
        check(folder, *SINKS, batches=30)
    except Failure as failure:
        raise Failure(f"seed {seed}: {failure}")


def console(folder):
    """Tables on the screen stay whole, and say whose they are."""
    for name in ("orders", "payments"):
        (folder / f"in-{name}").mkdir()
        for batch in range(20):
            feed(folder, name, batch)
        text = PIPELINE.format(name=name, sink=SINKS[name])
        head = text[:text.index("views:")]
        (folder / f"{name}.yaml").write_text(
            head + f"sinks: {{screen: {{from: numbers, console: {{rows: 100}}}}}}\ncheckpoint: cp-{name}\n")
    ended = run(folder, "orders.yaml", "payments.yaml").must_exit(0)
    line = "-" * 43
    whole = re.compile(f"{line}\nBatch: (\\d+) of (\\w+)\n{line}\n((?:[+|].*\n)+)\n")
    seen = []
    rest = whole.sub(lambda table: seen.append(table) or "", ended.out)
    expect_equal("", rest.strip(), "what is no table")
    expect_equal({(name, batch) for name in ("orders", "payments") for batch in range(20)},
                 {(table[2], int(table[1])) for table in seen}, "tables")
    for table in seen:
        ids = re.findall(r"^\| *(\d+)\|", table[3], re.MULTILINE)
        expect_equal([str(row["id"]) for row in numbers(table[2], int(table[1]))], ids,
                     f"batch {table[1]} of {table[2]}")


def variables(folder):
    """One for one of the files is no mistake; one for none is."""
    files = write(folder, "orders", "payments")
    text = (folder / "orders.yaml").read_text()
    (folder / "orders.yaml").write_text(text.replace("path: in-orders", "path: \"${IN}\""))
    run(folder, *files, "--var", "IN=in-orders").must_exit(0)
    check(folder, "orders", "payments")
    ended = run(folder, *files, "--var", "IN=in-orders", "--var", "INN=x").must_exit(2)
    must_say(ended, "--var INN: no pipeline file has ${INN}")


def one_stdin(folder):
    for name in ("a", "b"):
        (folder / f"{name}.yaml").write_text(
            f"name: {name}\nsources: {{lines: {{stdin: {{}}, format: {{json: {{schema: {{id: BIGINT}}}}}}}}}}\n"
            f"sinks: {{out: {{from: lines, csv: {{path: out-{name}}}}}}}\ncheckpoint: cp-{name}\n")
    ended = sluice("run", "a.yaml", "b.yaml", cwd=folder, feed=b'{"id": 1}\n').must_exit(2)
    must_say(ended, "standard input has one reader")
    expect_equal(1, ended.err.count("error: "), "errors")
    written = [name for name in ("a", "b") if tables.data_files(folder / f"out-{name}", ".csv")]
    expect_equal(1, len(written), "pipelines that read it")


def progress(folder):
    files = write(folder, *SINKS)
    ended = run(folder, *files, "--progress", "json").must_exit(0)
    for name in SINKS:
        batches = [line["batchId"] for line in ended.progress if line["name"] == name]
        expect_equal(list(range(BATCHES)), batches, f"batches of {name}")


def check_files(folder):
    files = write(folder, *SINKS)
    done = sluice("check", *files, cwd=folder).must_exit(0)
    for file in files:
        if f"{file}: fine" not in done.out:
            raise Failure(f"{file} is not named\n" + indent(done.out, "  stdout| "))
    text = (folder / "orders.yaml").read_text()
    (folder / "payments.yaml").write_text(text)
    must_say(sluice("check", ".", cwd=folder).must_exit(2), "have the same checkpoint")
    (folder / "returns.yaml").write_text(text.replace("numbers GROUP", "nobody GROUP"))
    must_say(sluice("check", ".", cwd=folder).must_exit(2), "nobody")


POLLED = """\
name: polled
sources:
  numbers:
    http: {{url: "http://127.0.0.1:{port}/numbers", every: 50ms}}
    format: {{json: {{schema: {{id: BIGINT}}}}}}
sinks:
  rows: {{from: numbers, csv: {{path: out}}}}
trigger: {{every: 50ms}}
engine: {{retries: 0{restart}}}
checkpoint: checkpoint
"""


def restarted(folder):
    """A server that is not there yet ends the pipeline, or makes it start again until it is there."""
    class Numbers(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b'[{"id": 1}, {"id": 2}]'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Numbers)
    port = server.server_port
    server.server_close()
    (folder / "polled.yaml").write_text(POLLED.format(port=port, restart=""))
    if sluice("run", "polled.yaml", cwd=folder).exit == 0:
        raise Failure("a server that is not there is no error")
    (folder / "polled.yaml").write_text(POLLED.format(port=port, restart=", restart: on_failure"))
    running = Running("run", "polled.yaml", "--progress", "log", cwd=folder)
    try:
        running.wait_for(lambda out, err: err.count("start again after an error") >= 3, "it starts again three times")
        with ThreadingHTTPServer(("127.0.0.1", port), Numbers) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                running.wait_for(lambda out, err: "rows=2" in err, "the rows are there")
            finally:
                server.shutdown()
        running.stop().must_exit(0)
    finally:
        running.kill()
    # What is asked in the pause is done at once: a stop is one, and another file the next start's.
    (folder / "asked.yaml").write_text(POLLED.format(port=port, restart=", restart: on_failure").replace("polled", "asked")
                                       .replace("checkpoint: checkpoint", "checkpoint: asked").replace("path: out", "path: asked-out"))
    with Live("asked.yaml", cwd=folder) as live:
        live.wait_until("asked", lambda status: status["restarts"] >= 4, "has started again four times")
        if live.status("asked")["error"]["kind"] != "transient":
            raise Failure("the error of the run before is not shown")
        text = (folder / "asked.yaml").read_text()
        with ThreadingHTTPServer(("127.0.0.1", 0), Numbers) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            (folder / "asked.yaml").write_text(text.replace(str(port), str(server.server_port)))
            live.post("/api/pipelines/asked/reload")
            live.wait_until("asked", lambda status: status["batches"] >= 1, "has read the new server")
            server.shutdown()
    (folder / "asked.yaml").write_text(text)
    running = Running("run", "asked.yaml", "--progress", "log", cwd=folder)
    running.wait_for(lambda out, err: err.count("start again after an error") >= 3, "it starts again")
    running.stop().must_exit(0)
    # What the next start would meet again ends it.
    text = (folder / "polled.yaml").read_text().replace("csv: {path: out}", "csv: {path: /dev/null/out}")
    (folder / "polled.yaml").write_text(text.replace("checkpoint: checkpoint", "checkpoint: other"))
    if sluice("run", "polled.yaml", cwd=folder).exit == 0:
        raise Failure("a folder that cannot be made is no error")


def systemd(folder):
    """The protocol of sd_notify(3): ready, how it is, signs of life, stopping."""
    (folder / "in-orders").mkdir()
    elsewhere = tempfile.TemporaryDirectory()  # a socket cannot be moved to where a failed case is kept
    for name in (elsewhere.name + "/notify", "@sluice-" + folder.name):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(name.replace("@", "\0"))
            manager.settimeout(20)
            said = []

            def until(words):
                while not any(words in each for each in said):
                    said.append(manager.recv(65536).decode())
                    if len(said) > 1000:
                        raise Failure(f"no {words} in {said[:20]}")

            feed(folder, "orders", 0)
            (folder / "orders.yaml").write_text(PIPELINE.format(name="orders", sink="csv"))
            running = Running("run", "orders.yaml", cwd=folder,
                              env={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "400000"})
            try:
                until("READY=1")
                until("STATUS=orders: running")
                said.clear()
                until("WATCHDOG=1")
                running.send(signal.SIGTERM)
                until("STOPPING=1")
                running.finish().must_exit(0)
            finally:
                running.kill()
