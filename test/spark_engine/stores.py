"""S3 on the Spark engine, by a real server: the tables are those of native runs, and nobody sees the keys."""

import json
import shutil
import subprocess

import yaml

from spark_engine.both import expect_same_tables, native, plan_of, spark
from spark_engine.examples import EXAMPLES, LETTERS, topic_of
from spark_engine.runs import Engine
from support.case import Case, Failure, expect_equal
from support.program import ROOT, sluice
from support.s3 import ACCESS_KEY, REGION, SECRET_KEY, shared_s3
from support.warm_spark import environment, spark_jars, spark_python

ENGINES = (("native", native), ("spark", spark))

# Files and a Delta table in one bucket, a mount of another one, whose keys are its own; s3: has wrong ones for it.
LAKE = """\
name: lake
s3: {endpoint: "ENDPOINT", region: us-east-1, access_key: KEY, secret_key: "${file:SECRET}"}
mounts: {out: {s3: {bucket: "${TARGET}", prefix: below/it, endpoint: "ENDPOINT", access_key: "${TARGET_KEY}", secret_key: SECRET_IN_THE_FILE}}}
sources:
  readings:
    csv: {path: "s3://BUCKET/csv", schema: {id: INTEGER, shop: VARCHAR, amount: "DECIMAL(8,2)"}}
    dead_letter: {delta: {path: "out://rejected"}}
  lines: {json_lines: {path: "s3://BUCKET/lines/*.jsonl", schema: {id: INTEGER, name: VARCHAR}}, metadata: [file_path]}
  orders: {delta: {path: "s3://BUCKET/orders"}}
tables:
  shops: {parquet: {path: "s3://BUCKET/shops"}}
views:
  totals: SELECT shop, sum(amount) AS amount FROM readings GROUP BY shop
  named: SELECT orders.id, shops.city FROM orders JOIN shops ON orders.shop = shops.shop
  places: SELECT id, name, file_path FROM lines
sinks:
  readings: {from: readings, parquet: {path: "out://readings", partition_by: [shop]}}
  totals: {from: totals, mode: complete, csv: {path: "out://totals"}}
  merged: {from: totals, mode: upsert, key: [shop], delta: {path: "out://merged"}}
  named: {from: named, delta: {path: "out://named"}}
  places: {from: places, json_lines: {path: "out://places"}}
trigger: available_now
checkpoint: "${OUT}/checkpoint"
"""
TABLES = [("readings", "parquet"), ("totals", "csv"), ("merged", "delta"), ("named", "delta"), ("places", "json")]


def cases():
    yield Case("example/batch_to_s3", batch_to_s3)
    yield Case("example/stream_to_s3", stream_to_s3)
    yield Case("example/features_on_s3", features_on_s3)
    yield Case("s3/lake", lake)
    yield Case("s3/exported", exported)


def buckets(folder):
    """For each engine its run, the folder of a bucket of its own, and the environment that leads there."""
    spark_jars("s3")
    store = shared_s3()
    for engine, run in ENGINES:
        name = f"{folder.name.lower().replace('_', '-')}-{engine}"
        yield engine, run, store.make_bucket(name), {**store.env, "BUCKET": name, "OUT": folder / engine}


def put(folder, place):
    """Through the server, since Hadoop reads no object without an ETag, which a file of somebody else's lacks."""
    from pyarrow import fs

    store = shared_s3()
    target = fs.S3FileSystem(access_key=ACCESS_KEY, secret_key=SECRET_KEY, endpoint_override=store.endpoint, region=REGION)
    fs.copy_files(str(folder), place, source_filesystem=fs.LocalFileSystem(), destination_filesystem=target)


def batch_to_s3(folder):
    shutil.copytree(EXAMPLES / "csv_to_parquet/readings", folder / "in")
    lakes = []
    for _, run, lake, env in buckets(folder):
        for _ in range(2):
            run("examples/batch_to_s3/pipeline.yaml", {**env, "IN": folder / "in"})
        lakes.append(lake / "nightly")
    expect_same_tables(*lakes, [("readings", "delta"), ("stations", "parquet")])


def stream_to_s3(folder):
    topic = topic_of([b'{"station": "s%d", "measured_at": "2024-02-2%d 10:00:00", "celsius": %d.5}'
                      % (n % 7, n % 3, n % 30) for n in range(3000)])
    lakes = []
    for _, run, lake, env in buckets(folder):
        run("examples/stream_to_s3/pipeline.yaml", {**env, **topic})
        lakes.append(lake)
    expect_same_tables(*lakes, [("readings", "parquet")])


def features_on_s3(folder):
    sluice("run", "examples/features/customers.yaml", cwd=ROOT, env={"LAKE": folder, "OUT": folder}).must_exit(0)
    lakes = []
    for _, run, lake, env in buckets(folder):
        put(folder / "customers", env["BUCKET"] + "/customers")
        run("examples/features/features.yaml", {**env, "LAKE": f"s3://{env['BUCKET']}"})
        lakes.append(lake)
    expect_same_tables(*lakes, [("features", "parquet")])


def made_lake(folder, store, bucket):
    """What LAKE reads, and its text."""
    store.make_bucket(bucket)
    lake = folder / "made"
    (lake / "csv").mkdir(parents=True)
    (lake / "csv/1 a+b.csv").write_text("id,shop,amount\n1,a,1.50\n2,b,2.25\nx,a,1\n3,a,4.00\n")
    (lake / "lines").mkdir()
    (lake / "lines/one file.jsonl").write_text('{"id": 1, "name": "n"}\n{"id": 2, "name": "m"}\n')
    make = {"name": "make", "sources": {"rows": {"csv": {"path": "in.csv", "schema": {"id": "INTEGER", "shop": "VARCHAR"}}}},
            "views": {"shops": "SELECT shop, upper(shop) AS city FROM rows GROUP BY shop"},
            "sinks": {"orders": {"from": "rows", "delta": {"path": str(lake / "orders")}},
                      "shops": {"from": "shops", "mode": "complete", "parquet": {"path": str(lake / "shops")}}},
            "trigger": "available_now", "checkpoint": "making"}
    (folder / "in.csv").write_text("id,shop\n" + "".join(f"{number},{'abc'[number % 3]}\n" for number in range(50)))
    (folder / "make.yaml").write_text(yaml.safe_dump(make))
    sluice("run", "make.yaml", cwd=folder).must_exit(0)
    put(lake, bucket)
    (folder / "secret").write_text(SECRET_KEY + "\n")
    text = LAKE.replace("SECRET_IN_THE_FILE", SECRET_KEY).replace("SECRET", str(folder / "secret"))
    text = text.replace("ENDPOINT", store.endpoint).replace("BUCKET", bucket).replace(" KEY", " " + ACCESS_KEY)
    (folder / "pipeline.yaml").write_text(text)


def lake(folder):
    """Sources, tables and sinks of all kinds; keys of the file, which no command line and no file of Spark's has."""
    files = spark_jars("s3")
    store = shared_s3()
    name = folder.name.lower().replace("_", "-")
    made_lake(folder, store, name)
    lakes = {}
    for engine in ("native", "spark"):
        lakes[engine] = store.make_bucket(f"{name}-{engine}") / "below/it"
        env = {"TARGET": f"{name}-{engine}", "TARGET_KEY": ACCESS_KEY, "OUT": folder / engine}
        if engine == "native":
            native("pipeline.yaml", env, folder)
            continue
        plan = with_secrets(plan_of("pipeline.yaml", env, folder))
        run = Engine("run", "--master", "local[2]", "--progress", "log", plan=plan, folder=folder,
                     **{"spark.jars": ",".join(map(str, files)), "spark.local.dir": f"{folder}/local",
                        "spark.eventLog.enabled": "true", "spark.eventLog.dir": f"file://{folder}/events"})
        (folder / "events").mkdir(exist_ok=True)
        run.wait_for(r"\] batch \d+: rows=")
        seen = subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, text=True, check=True).stdout
        run.finish()
        if "SparkSubmit" not in seen:
            raise Failure("Spark's JVM is not among the processes")
        if SECRET_KEY in seen:
            raise Failure("a secret key is on a command line")
    (folder / "plan.json").unlink()
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("secret", "pipeline.yaml") and SECRET_KEY.encode() in path.read_bytes():
            raise Failure(f"a secret key is in {path.relative_to(folder)}")
    expect_same_tables(lakes["native"], lakes["spark"], TABLES)
    expect_same_tables(lakes["native"], lakes["spark"], [("rejected", "delta")], leave_out=("column_name", "offset", *LETTERS))


def with_secrets(plan):
    """The plan as `sluice run` gives it: export has *** for secrets."""
    for part in (plan["s3"], *(one["s3"] for one in plan["mounts"])):
        part["options"]["secret_key"] = SECRET_KEY
    return plan


def exported(folder):
    """The exported program, run by python3, takes keys from its environment only."""
    files = spark_jars("s3")
    store = shared_s3()
    name = folder.name.lower().replace("_", "-")
    made_lake(folder, store, name)
    target = store.make_bucket(f"{name}-spark")
    env = {"TARGET": f"{name}-spark", "TARGET_KEY": ACCESS_KEY, "OUT": folder / "spark"}
    plan = plan_of("pipeline.yaml", env, folder)
    done = subprocess.run([spark_python(), "-m", "sluice_spark", "export", "--to", "pyspark", "-o", folder / "program.py"],
                          input=json.dumps(plan), text=True, env=environment(), capture_output=True)
    expect_equal(0, done.returncode, done.stderr)
    program = (folder / "program.py").read_text()
    if SECRET_KEY in program:
        raise Failure(program)
    done = subprocess.run([spark_python(), "-c", RUN, folder / "program.py"], cwd=folder, capture_output=True, text=True,
                          env=environment(**env, OUT_SECRET_KEY=SECRET_KEY, JARS=",".join(map(str, files))))
    if done.returncode:
        raise Failure(done.stdout[-2000:] + done.stderr[-3000:])
    native("pipeline.yaml", {**env, "TARGET": store.make_bucket(f"{name}-native").name, "OUT": folder / "native"}, folder)
    expect_same_tables(store.bucket(f"{name}-native") / "below/it", target / "below/it", TABLES)


# The jars are here already; Maven is not asked for them.
RUN = """\
import os, runpy, sys
from pyspark.sql import SparkSession
builder = SparkSession.builder.master("local[2]").config("spark.jars", os.environ["JARS"]).config("spark.driver.memory", "1g")
builder.config("spark.ui.enabled", "false").config("spark.log.level", "ERROR").config("spark.sql.shuffle.partitions", "2") \\
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension") \\
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog").getOrCreate()
runpy.run_path(sys.argv[1], run_name="__main__")
"""
