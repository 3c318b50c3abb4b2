"""What is wrong with a cluster or a pipeline, by name; TLS; and the suites of the contract."""

import os
import re
import subprocess
from pathlib import Path

from cql.job import must_say, reading, run, write
from cql.reads import check_numbers, numbers
from support.cassandra import PASSWORD, USER, shared_cassandra
from support.case import Case, Failure, Skip, expect_equal
from support.kafka import free_port
from support.program import PROGRAM, indent, sluice, text


def cases():
    yield Case("errors", errors)
    yield Case("connect", connect)
    yield Case("tls", tls)
    yield Case("conformance", conformance)


def errors(folder):
    node = shared_cassandra()
    keyspace = numbers(10)

    def job(name, change=lambda text: text, **extra):
        options = {"table": "numbers", **extra}
        write(folder / name, change(reading(options.pop("keyspace", keyspace), options.pop("table"),
                                            "parquet: {path: out}", **options)))
        return run(folder / name)

    where = f"contact_points={node.address}"
    must_say(job("password", lambda text: text.replace(f"password: {PASSWORD}", "password: n0t-it")), 2,
             "pipeline.yaml:4", "source 'rows'", f"connect {where} user={USER}", "check user, password")
    must_say(job("nobody", lambda text: re.sub(r"      user: .*\n      password: .*\n", "", text)), 2,
             "asks for a user and a password")
    away = f"127.0.0.1:{free_port()}"
    must_say(job("away", lambda text: text.replace(node.address, away)), 1, f"connect contact_points={away}",
             "does a server listen there")
    must_say(job("keyspace", keyspace="nowhere"), 2, "there is no keyspace 'nowhere'", "table=nowhere.numbers")
    must_say(job("table", table="number"), 2, "there is no table 'number'; did you mean 'numbers'?")
    must_say(job("column", columns="[idd]"), 2, "there is no column 'idd'", "did you mean 'id'?")
    must_say(job("type", types="{id: DOUBLE}"), 2, "pipeline.yaml:", "column 'id' is int in Cassandra; it is INTEGER")
    must_say(job("both", query="SELECT 1"), 2, "'table' or 'query', not both")
    must_say(job("format", lambda text: text.replace("sinks:", "    format: {json: {schema: {id: INTEGER}}}\nsinks:")), 2,
             "returns columns, not bytes; remove 'format'")
    must_say(job("once", lambda text: text + "trigger: once\n"), 0)
    once = subprocess.run([str(PROGRAM), "run", "pipeline.yaml", "--once"], cwd=folder / "once", capture_output=True)
    if once.returncode != 2 or "use trigger: available_now" not in text(once.stderr):
        raise Failure("trigger: once\n" + indent(text(once.stderr), "  stderr| "))
    for kept in folder.rglob("*"):
        if kept.is_file() and kept.name != "pipeline.yaml" and b"n0t-it" in kept.read_bytes():
            raise Failure(f"the password is in {kept}")


def connect(folder):
    """check --connect tries what a run needs, and changes nothing: not the rows that wait either."""
    keyspace, node = numbers(600), shared_cassandra()
    node.session().execute(f"CREATE TABLE {keyspace}.copy (k int, id int, pad text, PRIMARY KEY (k, id))")
    into = f"cassandra: {{contact_points: [\"{node.address}\"], user: {USER}, password: {PASSWORD}, " \
           f"keyspace: {keyspace}, table: copy}}"
    write(folder, reading(keyspace, "numbers", into, page_rows=10, buffer="1MiB", max_records_per_trigger=150))
    run(folder, crash="engine.committed:1")
    inbox = next((folder / "checkpoint").rglob("scan.json")).parent
    (inbox / "half.tmp").write_text("of a run that goes on")
    before = {path.name: path.read_bytes() for path in inbox.iterdir()}

    def check(code, *texts):
        done = sluice("check", "--connect", "pipeline.yaml", cwd=folder).must_exit(code)
        for part in texts:
            if part not in done.out + done.err:
                raise Failure(f"no word of {part!r}\n" + indent(done.out + done.err, "  | "))

    check(0, f"connect {node.address}", f"read a row of {keyspace}.numbers", f"columns of {keyspace}.copy",
          "not tried: whether the user may write")
    expect_equal(before, {path.name: path.read_bytes() for path in inbox.iterdir()}, "the inbox")
    tables = {row.table_name for row in node.session().execute(
        f"SELECT table_name FROM system_schema.tables WHERE keyspace_name = '{keyspace}'")}
    expect_equal({"numbers", "copy"} | tables & {"sluice_commits"}, tables, "tables")
    text = (folder / "pipeline.yaml").read_text()
    write(folder, text.replace("table: copy", "table: kopy"))
    check(2, "there is no table 'kopy'; did you mean 'copy'?")
    node.session().execute(f"CREATE TABLE {keyspace}.other (k int, id int, pad int, PRIMARY KEY (k, id))")
    write(folder, text.replace("table: copy", "table: other"))
    check(2, "column 'pad' is int in the table and VARCHAR in the rows")


def tls(folder):
    keyspace, node = numbers(100), shared_cassandra()
    write(folder, reading(keyspace, "numbers", "parquet: {path: out}", tls="true", ca_file=f'"{node.certificate}"'))
    run(folder).must_exit(0)
    check_numbers(folder, 100)
    write(folder / "stranger", reading(keyspace, "numbers", "parquet: {path: out}", tls="true"))
    must_say(run(folder / "stranger"), 2, "TLS", "check user, password, tls and ca_file")
    write(folder / "no_file", reading(keyspace, "numbers", "parquet: {path: out}", tls="true", ca_file="no/such.pem"))
    must_say(run(folder / "no_file"), 2, "ca_file=no/such.pem")
    write(folder / "plain", reading(keyspace, "numbers", "parquet: {path: out}", ca_file=f'"{node.certificate}"'))
    must_say(run(folder / "plain"), 2, "'ca_file' is for TLS")


def conformance(folder):
    """The suites that every connector passes, of the C++ tests, against the real server."""
    found = sorted(PROGRAM.parent.rglob("connector_cassandra_test"), key=os.path.getmtime)
    program = Path(os.environ.get("SLUICE_CASSANDRA_TEST", found[-1] if found else "none"))
    if not program.exists():
        raise Skip("connector_cassandra_test is not built (cmake --build build/release --target "
                   "connector_cassandra_test)")
    done = subprocess.run([program, "--gtest_filter=*Conformance*"], cwd=folder, capture_output=True,
                          env={**os.environ, "SLUICE_TEST_CASSANDRA": shared_cassandra().address})
    shown = text(done.stdout)
    if done.returncode != 0 or "[  PASSED  ]" not in shown or "no Cassandra" in shown:
        raise Failure("conformance\n" + indent(shown + text(done.stderr), "  | ", 120))
