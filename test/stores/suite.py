"""S3 as it is on bad days: wrong keys, missing buckets, busy, slow and forgetful servers, uploads
that end half done. The server is real; a proxy before it goes wrong. Whatever happens, each batch has
one set of objects, and nothing else stays."""

import json
import os
import random
import re
import shutil
import subprocess
import time
from contextlib import contextmanager

from crash.suite import BATCHES, BATCHES_OF_DELTA, SINKS, check_tables, run, write_job
from stores import check_connect, folder_marks
from support import tables
from support.case import Case, Failure, expect_equal
from support.fault_proxy import Fault, FaultProxy
from support.program import Running, indent, sluice
from support.s3 import (ACCESS_KEY, REGION, S3, SECRET_KEY, WRITES, Store, shared_s3,
                        wrong_answers)
from support.soak import rounds


def cases():
    for sink in ("parquet", "delta", "delta_complete"):
        yield Case(f"lost_answer_{sink}", lambda folder, sink=sink: lost_answer(folder, sink))
    yield from (Case(test.__name__, test) for test in (
        lost_answers, answers_are_wrong, entries_are_denied, answers_come_too_late, random_answers,
        looks_at_no_staged_file, wrong_secret, unknown_key, missing_bucket, no_credentials, nobody_there,
        overwrites_what_is_there, refuses_conditions, busy_server, slow_server,
        cut_answers, sources_and_tables, keys_of_environment_and_profile, trusted_certificate,
        large_file_in_parts, parts_of_a_failed_upload, parts_of_a_killed_upload,
        large_copy_in_parts, answers_of_a_large_copy_are_lost, parts_of_a_failed_copy,
        parts_of_a_killed_copy,
        other_readers_and_writers))
    yield from check_connect.cases()
    yield from folder_marks.cases()


# ---- what every job must leave behind

@contextmanager
def proxy(*faults):
    made = FaultProxy(shared_s3().port, faults)
    try:
        yield made
    finally:
        made.stop()


def must_refuse(folder, store, *words, env=None):
    """A job that cannot begin: exit code 2, the words in its message, no secret anywhere."""
    job = folder / "job"
    write_job(job, ["parquet"], 1, store)
    ended = sluice("run", "pipeline.yaml", "--available-now", cwd=job, env=env).must_exit(2)
    for word in words:
        if word not in ended.err:
            raise Failure(f"its message lacks '{word}'\n" + indent(ended.err, "  stderr| "))
    kept = b"".join(path.read_bytes() for path in (job / "checkpoint").rglob("*") if path.is_file())
    for secret in {SECRET_KEY, store.options.get("secret_key") or SECRET_KEY}:
        if secret in ended.err + ended.out or secret.encode() in kept:
            raise Failure("the secret key is shown, or kept in the checkpoint")


def check_objects(out, sinks):
    """Only what a commit names is in the tables, and all of that."""
    for sink in sinks:
        table = out / sink
        there = {str(path.relative_to(table)) for path in table.rglob("*")
                 if path.is_file() and not str(path.relative_to(table)).startswith("_")}
        if sink.startswith("delta"):
            named = {added_file(line) for entry in table.glob("_delta_log/*.json")
                     for line in entry.read_text().splitlines() if '"add"' in line}
        else:
            named = {file["path"] for manifest in table.glob("_batches/*/*.manifest")
                     for file in json.loads(manifest.read_text())["files"]}
        expect_equal(sorted(named), sorted(there), f"objects of {sink}")


def added_file(line):
    from urllib.parse import unquote

    return unquote(json.loads(line)["add"]["path"])


def must_do_the_job(folder, store, sinks, name="job"):
    """The job ends well at once, and once more, as if nothing had been."""
    job = folder / name
    write_job(job, sinks, BATCHES, store)
    for _ in range(2):
        run(job).must_exit(0)
        check_tables(job, sinks, BATCHES)
        check_objects(job / "out", sinks)
    store.expect_no_parts()
    store.forget(job)


# ---- refused

def wrong_secret(folder):
    must_refuse(folder, Store(secret_key="not-the-secret"), "SignatureDoesNotMatch", "secret_key",
                "lake://parquet")


def unknown_key(folder):
    must_refuse(folder, Store(access_key="nobody"), "access_key", "lake://parquet")


def missing_bucket(folder):
    store = Store()
    shutil.rmtree(store.folder)
    store.folder = store.folder.with_name("elsewhere-" + store.bucket)
    store.folder.mkdir()
    must_refuse(folder, store, "NoSuchBucket", "make the bucket")


def no_credentials(folder):
    store = Store(access_key="", secret_key="")
    must_refuse(folder, store, "no credentials for S3", "AWS_ACCESS_KEY_ID", env={"HOME": folder})


def nobody_there(folder):
    """It may pass, so it is no fault of the file: exit code 1."""
    store = Store(endpoint="http://127.0.0.1:9", retries=1)
    write_job(folder / "job", ["parquet"], 1, store)
    with open(folder / "job" / "pipeline.yaml", "a", encoding="utf-8") as file:
        file.write("engine: {retries: 1}\n")
    ended = run(folder / "job").must_exit(1)
    if "is the endpoint right" not in ended.err:
        raise Failure("it does not say what may be wrong\n" + indent(ended.err, "  stderr| "))


def overwrites_what_is_there(folder):
    with proxy(Fault("unconditional")) as server:
        must_refuse(folder, Store(server.endpoint), "E_NO_PUT_IF_ABSENT", "exactly-once")


def refuses_conditions(folder):
    with proxy(Fault("unimplemented")) as server:
        must_refuse(folder, Store(server.endpoint, retries=1), "E_NO_PUT_IF_ABSENT", "http=501")


# ---- goes wrong, and passes

def busy_server(folder):
    """Every third request is answered by 503."""
    fault = Fault("refuse", when=lambda count: count % 3 == 0)
    with proxy(fault) as server:
        must_do_the_job(folder, Store(server.endpoint), list(SINKS))
    if fault.hit < 20:
        raise Failure(f"only {fault.hit} requests were refused")


def slow_server(folder):
    """Every tenth answer comes after the client has given up."""
    fault = Fault("slow", when=lambda count: count % 10 == 3, seconds=1.0)
    with proxy(fault) as server:
        must_do_the_job(folder, Store(server.endpoint, request_timeout="400ms"), list(SINKS))
    if fault.hit < 5:
        raise Failure(f"only {fault.hit} answers were slow")


def lost_answer(folder, sink):
    """The n-th write is done and not answered, for each n."""
    number = 0
    while True:
        fault = Fault("lose", WRITES, lambda count: count == number)
        with proxy(fault) as server:
            must_do_the_job(folder, Store(server.endpoint), [sink], f"{number}")
        if not fault.hit:
            break
        number += 1
    if number < 5:
        raise Failure(f"the job has made only {number} writes")


def lost_answers(folder):
    """Every fourth write is done and not answered."""
    fault = Fault("lose", WRITES, lambda count: count % 4 == 1)
    with proxy(fault) as server:
        must_do_the_job(folder, Store(server.endpoint), list(SINKS), "all")


def answers_are_wrong(folder):
    """Every third write is done, and the answer is 500, 503 or 504, or a cut connection."""
    faults = wrong_answers(3)
    with proxy(*faults) as server:
        must_do_the_job(folder, Store(server.endpoint), list(SINKS), "all")
    if min(fault.hit for fault in faults[1:]) < 5:
        raise Failure(f"so few answers were wrong: {[fault.hit for fault in faults[1:]]}")


ENTRIES = r"^PUT [^?]*/_delta_log/\d{20}\.json"


def entries_are_denied(folder):
    """Each entry of a table's log is put, and the answer is that it was not: sent again it is refused
    as taken. Sixteen batches' files become one meanwhile."""
    for status in (500, 503, 504):
        entries = set()

        def is_new(_):
            entry = server.requests[-1]
            return not (entry in entries or entries.add(entry))

        fault = Fault("deny", ENTRIES, is_new, status=status)
        with proxy(fault) as server:
            store = Store(server.endpoint)
            job = folder / f"job-{status}"
            write_job(job, ["delta"], BATCHES_OF_DELTA, store)
            run(job).must_exit(0)
            check_tables(job, ["delta"], BATCHES_OF_DELTA)
            must_open(job / "out" / "delta", BATCHES_OF_DELTA + 2)
            check_objects(job / "out", ["delta"])
        if fault.hit < BATCHES_OF_DELTA + 2:
            raise Failure(f"only {fault.hit} entries were denied")


def must_open(table, versions):
    """Another reader opens the newest version, which has so many before it or one less, and finds
    the files of each."""
    import deltalake

    newest = deltalake.DeltaTable(table)
    expect_equal(versions - 1, newest.version(), "the newest version")
    for version in range(versions):
        newest.load_as_version(version)
        newest.to_pyarrow_table()


def answers_come_too_late(folder):
    """Every sixth write hangs up on the client and is done when it has given up."""
    fault = Fault("late", WRITES, lambda count: count % 6 == 3, seconds=0.3)
    with proxy(fault) as server:
        store = Store(server.endpoint)
        job = folder / "job"
        write_job(job, ["delta", "delta_upsert", "parquet"], BATCHES, store)
        for _ in range(2):
            run(job).must_exit(0)
            check_tables(job, ["delta", "delta_upsert", "parquet"], BATCHES)
    if fault.hit < 10:
        raise Failure(f"only {fault.hit} writes came late")


def random_answers(folder):
    """Whatever may happen to a request, by chance. A run ends well or may be tried again; the rows
    are right in the end, and others can open the tables."""
    first = int(os.environ.get("SLUICE_SEED", "1"))
    count = int(os.environ.get("SLUICE_SEEDS", rounds(3, 200)))
    for seed in range(first, first + count):
        try:
            random_hour(folder / f"seed-{seed}", random.Random(seed))
        except Failure as failure:
            raise Failure(f"SLUICE_SEED={seed}: {failure}") from failure


def random_hour(folder, chance):
    share = chance.choice([0.02, 0.05, 0.1])
    kinds = [{"what": "refuse"}, {"what": "lose"}, {"what": "reset"}, {"what": "cut"},
             {"what": "slow", "seconds": 0.6}, {"what": "late", "seconds": 0.4},
             *({"what": "deny", "status": status} for status in (500, 503, 504))]
    faults = [Fault(when=lambda _: chance.random() < share / len(kinds), **kind) for kind in kinds]
    with proxy(*faults) as server:
        store = Store(server.endpoint, retries=3, request_timeout="400ms")
        sinks = chance.sample(list(SINKS), 4)
        write_job(folder, sinks, BATCHES, store)
        for _ in range(10):
            if run(folder).exit == 0:
                break
        server.faults.clear()
        run(folder).must_exit(0)
        check_tables(folder, sinks, BATCHES)
        for sink in sinks:
            if sink.startswith("delta"):
                import deltalake

                deltalake.DeltaTable(folder / "out" / sink).to_pyarrow_table()
    store.forget(folder)


def looks_at_no_staged_file(folder):
    """What this process has staged it does not look for again, which would be a request a file."""
    with proxy() as server:
        store = Store(server.endpoint)
        job = folder / "job"
        write_job(job, ["delta_partitioned", "parquet_partitioned"], BATCHES, store)
        run(job).must_exit(0)
        looks = [line for line in server.requests if re.search(r"^HEAD [^?]*\.parquet$", line)]
        expect_equal([], looks, "HEAD requests for data files")


def cut_answers(folder):
    """Every third object that is read comes half."""
    fault = Fault("cut", "^GET /[^?]*$", lambda count: count % 3 == 1)
    with proxy(fault) as server:
        read_back(folder, Store(server.endpoint))
        must_do_the_job(folder, Store(server.endpoint), ["parquet", "delta"], "write")
    if fault.hit < 5:
        raise Failure(f"only {fault.hit} answers were cut")


# ---- reading

READ = """\
name: read
sources:
  lines: {{json_lines: {{path: lake://in, schema: {{id: BIGINT, k: VARCHAR}}}}}}
  cells: {{csv: {{path: lake://out/csv/*.csv, schema: {{id: BIGINT, k: VARCHAR, amount: "DECIMAL(22,12)"}}}}}}
tables:
  versions: {{delta: {{path: lake://out/delta_partitioned}}}}
  files: {{parquet: {{path: lake://out/parquet_partitioned}}}}
views:
  lined: SELECT l.id, l.k, v.amount FROM lines l JOIN versions v USING (id) WHERE v.k = l.k
  celled: SELECT c.id, c.k, f.amount FROM cells c JOIN files f USING (id) WHERE f.k = c.k
sinks:
  lined: {{from: lined, parquet: {{path: out/lined}}}}
  celled: {{from: celled, parquet: {{path: lake://out/celled}}}}
checkpoint: checkpoint
{mount}"""


def read_back(folder, store):
    """Sources and tables of each kind from the store: what a job has written there, and its input."""
    job = folder / "written"
    wanted = ["csv", "delta_partitioned", "parquet_partitioned"]
    write_job(job, wanted, BATCHES, store)
    run(job).must_exit(0)
    top = store.folder / "top"
    top.mkdir()
    shutil.copytree(job / "in", top / "in")
    shutil.move(store.folder / job.name, top / "out")
    reading = folder / "reading"
    reading.mkdir()
    (reading / "pipeline.yaml").write_text(READ.format(mount=store.mount("lake", "top")))
    run(reading).must_exit(0)
    if (reading / "checkpoint" / "spool").exists():
        raise Failure("the spool is not removed at the end")
    duck = tables.connection()
    rows = "SELECT CAST(id AS BIGINT) AS id, k, CAST(amount AS DECIMAL(22,12)) AS amount FROM {}"
    tables.define_table(duck, "csv", "csv", top / "out" / "csv")
    for name, place in (("lined", reading / "out"), ("celled", top / "out")):
        if not tables.define_table(duck, name, "parquet", place / name):
            raise Failure(f"{name} holds nothing")
        tables.expect_same_rows(duck, rows.format("csv"), rows.format(name), name)


def sources_and_tables(folder):
    read_back(folder, Store())


# ---- keys and certificates

SMALL = """\
name: small
sources: {{numbers: {{json_lines: {{path: in, schema: {{id: BIGINT}}}}}}}}
sinks: {{out: {{from: numbers, parquet: {{path: "s3://{bucket}/out"}}}}}}
checkpoint: {checkpoint}
{more}"""


def write_small(folder, bucket, checkpoint, more=""):
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / "a.jsonl").write_text('{"id": 1}\n')
    (folder / "pipeline.yaml").write_text(
        SMALL.format(bucket=bucket, checkpoint=checkpoint, more=more))


def run_small(folder, env):
    return sluice("run", "pipeline.yaml", "--available-now", cwd=folder, env=env)


def keys_of_environment_and_profile(folder):
    server = shared_s3()
    write_small(folder, Store().bucket, "environment")
    run_small(folder, {**server.env, "HOME": folder}).must_exit(0)
    (folder / ".aws").mkdir()
    (folder / ".aws" / "credentials").write_text(
        f"[lake]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n")
    (folder / ".aws" / "config").write_text(
        f"[profile lake]\nregion = {REGION}\nendpoint_url = {server.endpoint}\n")
    write_small(folder, Store().bucket, "profile", "s3: {profile: lake}\n")
    run_small(folder, {"HOME": folder}).must_exit(0)
    write_small(folder, Store().bucket, "profile_of_environment")
    run_small(folder, {"HOME": folder, "AWS_PROFILE": "lake"}).must_exit(0)


def trusted_certificate(folder):
    """https with a certificate of one's own: refused, until ca_file names it."""
    files = [folder / "tls.crt", folder / "tls.key"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext",
                    "basicConstraints=critical,CA:FALSE", "-out", files[0], "-keyout", files[1]],
                   check=True, capture_output=True)
    server = S3(tls=files)
    try:
        server.make_bucket("safe")
        write_small(folder, "safe", "unknown", "s3: {retries: 0}\nengine: {retries: 0}\n")
        run_small(folder, server.env).must_exit(1)
        write_small(folder, "safe", "known", f"s3: {{ca_file: {files[0]}}}\n")
        run_small(folder, server.env).must_exit(0)
    finally:
        server.stop()


# ---- large files

LARGE_ROWS = 1_000_000  # some 60 MB


def write_large(folder, store):
    job = folder / "job"
    job.mkdir()
    (job / "in").mkdir()
    rows = "".join(f'{{"id": {n}, "text": "{n * 2654435761 % (1 << 32):032x}"}}\n'
                   for n in range(LARGE_ROWS))
    (job / "in" / "rows.jsonl").write_text(rows)
    (job / "pipeline.yaml").write_text(store.take_over(job, """\
name: large
sources: {rows: {json_lines: {path: in, schema: {id: BIGINT, text: VARCHAR}, max_bytes_per_trigger: 1GiB}}}
sinks: {large: {from: rows, csv: {path: out/large}}}
checkpoint: checkpoint
engine: {retries: 0}
"""))
    return job


def check_large(job, store):
    duck = tables.connection()
    tables.define_table(duck, "large", "csv", job / "out" / "large")
    expect_equal([(LARGE_ROWS, LARGE_ROWS * (LARGE_ROWS - 1) // 2)],
                 duck.execute("SELECT count(*), CAST(sum(CAST(id AS BIGINT)) AS BIGINT) FROM large")
                 .fetchall(), "rows of the large file")
    check_objects(job / "out", ["large"])
    store.expect_no_parts()


def large_file_in_parts(folder):
    with proxy() as server:
        store = Store(server.endpoint)
        job = write_large(folder, store)
        run(job).must_exit(0)
        check_large(job, store)
        parts = [line for line in server.requests if re.search("^PUT .*partNumber=", line)]
        if len(parts) < 4:
            raise Failure(f"the file went up in {len(parts)} parts")


def parts_of_a_failed_upload(folder):
    """One part is refused for good: the others are removed at once, and the next run goes on."""
    fault = Fault("refuse", "partNumber=3")
    with proxy(fault) as server:
        store = Store(server.endpoint, retries=2)
        job = write_large(folder, store)
        run(job).must_exit(1)
        store.expect_no_parts()
        server.faults.clear()
        run(job).must_exit(0)
        check_large(job, store)


def parts_of_a_killed_upload(folder):
    """kill -9 while parts go up: the start removes them that comes after the first that
    knew the sink."""
    fault = Fault("slow", "partNumber=", seconds=2.0)
    with proxy(fault) as server:
        store = Store(server.endpoint)
        job = write_large(folder, store)
        running = Running("run", "pipeline.yaml", "--available-now", cwd=job)
        deadline = time.monotonic() + 60
        while not store.server.pending_uploads(store.bucket) and time.monotonic() < deadline:
            time.sleep(0.02)
        running.kill()
        if not store.server.pending_uploads(store.bucket):
            raise Failure("no upload was under way when it was killed")
        server.faults.clear()
        for _ in range(2):
            run(job).must_exit(0)
        check_large(job, store)


# Of the file in its place, not of the staged one.
COPIED_PART = r"^PUT [^?]*/large/part-[^?]*\?.*partNumber="


def large_copy_in_parts(folder):
    """A file above the limit for one copy: in parts, none of which goes through this machine."""
    with proxy() as server:
        store = Store(server.endpoint, copy_limit="5MiB")
        job = write_large(folder, store)
        run(job).must_exit(0)
        check_large(job, store)
        parts = [line for line in server.requests if re.search(COPIED_PART, line)]
        whole = [line for line in server.requests if re.search(r"^PUT [^?]*/large/part-[^?]*$", line)]
        if len(parts) < 8 or whole:
            raise Failure(f"the file was copied in {len(parts)} parts and {len(whole)} wholes")


def answers_of_a_large_copy_are_lost(folder):
    """Each third request of the copy is done and not answered, its completion among them."""
    fault = Fault("lose", r"^(PUT|POST) [^?]*/large/part-", lambda count: count % 3 == 0)
    with proxy(fault) as server:
        store = Store(server.endpoint, copy_limit="5MiB")
        job = write_large(folder, store)
        for _ in range(2):
            run(job).must_exit(0)
        check_large(job, store)
    if fault.hit < 3:
        raise Failure(f"only {fault.hit} answers were lost")


def parts_of_a_failed_copy(folder):
    fault = Fault("refuse", COPIED_PART + "3&")
    with proxy(fault) as server:
        store = Store(server.endpoint, retries=2, copy_limit="5MiB")
        job = write_large(folder, store)
        run(job).must_exit(1)
        if not fault.hit:
            raise Failure("no part was refused")
        store.expect_no_parts()
        server.faults.clear()
        run(job).must_exit(0)
        check_large(job, store)


def parts_of_a_killed_copy(folder):
    """kill -9 while a file is being copied: the next start copies it again, and removes the parts."""
    fault = Fault("slow", COPIED_PART, seconds=2.0)
    with proxy(fault) as server:
        store = Store(server.endpoint, copy_limit="5MiB")
        job = write_large(folder, store)
        running = Running("run", "pipeline.yaml", "--available-now", cwd=job)
        deadline = time.monotonic() + 60
        while not fault.hit and time.monotonic() < deadline:
            time.sleep(0.02)
        running.kill()
        if not store.server.pending_uploads(store.bucket):
            raise Failure("no copy was under way when it was killed")
        server.faults.clear()
        for _ in range(2):
            run(job).must_exit(0)
        check_large(job, store)


# ---- others on the same server

def other_readers_and_writers(folder):
    """deltalake and pyarrow, by their own S3 clients: what sluice writes there they read, what
    deltalake writes there sluice reads, and both may append to one table."""
    import deltalake
    import pyarrow
    import pyarrow.dataset
    import pyarrow.fs

    store = Store()
    # Theirs goes to the server itself: not every client knows its own writes again.
    options = {"AWS_ENDPOINT_URL": store.server.endpoint, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
               "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION, "AWS_ALLOW_HTTP": "true",
               "aws_conditional_put": "etag"}
    there = pyarrow.fs.S3FileSystem(access_key=ACCESS_KEY, secret_key=SECRET_KEY, region=REGION,
                                    endpoint_override=store.server.endpoint.removeprefix("http://"),
                                    scheme="http")
    job = folder / "job"
    write_job(job, ["delta", "parquet_partitioned"], BATCHES, store)
    running = Running("run", "pipeline.yaml", "--available-now", cwd=job)
    url = f"s3://{store.bucket}/{job.name}/delta"
    running.wait_for(lambda out, err: "batch 0:" in err, "its first batch")
    columns = deltalake.DeltaTable(url, storage_options=options).to_pyarrow_table().schema
    for number in range(10):
        row = pyarrow.table({"id": [-number], "k": ["theirs"], "amount": [None]}).cast(columns)
        deltalake.write_deltalake(url, row, mode="append", storage_options=options)
    running.finish().must_exit(0)

    duck = tables.connection()
    duck.register("delta", deltalake.DeltaTable(url, storage_options=options).to_pyarrow_table())
    parts = pyarrow.dataset.dataset(f"{store.bucket}/{job.name}/parquet_partitioned",
                                    filesystem=there, format="parquet", partitioning="hive")
    duck.register("parts", parts.to_table())
    tables.expect_same_rows(duck, "SELECT id, k, amount FROM parts",
                            "SELECT id, k, amount FROM delta WHERE k <> 'theirs'", "their view of it")
    expect_equal([(10,)], duck.execute("SELECT count(*) FROM delta WHERE k = 'theirs'").fetchall(),
                 "rows that deltalake appended")

    reading = folder / "reading"
    reading.mkdir()
    (reading / "pipeline.yaml").write_text(OTHERS.format(mount=store.mount("lake")))
    run(reading).must_exit(0)
    tables.define_table(duck, "copied", "parquet", reading / "out")
    tables.expect_same_rows(duck, "SELECT id, k, amount FROM delta",
                            "SELECT id, k, amount FROM copied", "sluice's view of it")


OTHERS = """\
name: others
tables: {{shared: {{delta: {{path: lake://job/delta}}}}}}
views: {{everything: "SELECT id, k, amount FROM shared"}}
sinks: {{copied: {{from: everything, mode: complete, parquet: {{path: out}}}}}}
checkpoint: checkpoint
{mount}"""
