"""What the generator writes, without a JVM."""

import json
import subprocess
import sys
from pathlib import Path

from support.case import Case, Failure, expect_equal
from support.program import ROOT, environment, sluice
from support.warm_spark import PACKAGE, spark_python

HERE = Path(__file__).resolve().parent
# Without what they need at hand sluice makes no plan of them: tables, buckets, a server.
ELSEWHERE = ("features/features", "s3_dashboard", "aggregating_table/stream", "aggregating_table/batch", "cassandra_to_kafka")
# What Spark has not, by name.
REFUSED = {"http_feed/pipeline": "HTTP", "shell_pipe/pipeline": "standard input", "windows/pipeline": "`rate`",
           "kafka_to_parquet/pipeline": "TIME", "analytics_dashboard/replay": "at once"}

SECRETS = """\
name: secrets
sources:
  orders:
    kafka:
      brokers: kafka:9093
      topic: orders
      properties:
        security.protocol: SASL_SSL
        sasl.mechanism: SCRAM-SHA-512
        sasl.username: me
        sasl.password: hidden-in-the-file
        ssl.ca.location: CA
    format: {json: {schema: {id: BIGINT, at: TIMESTAMP}}}
sinks:
  bronze: {from: orders, delta: {path: "s3://lake/bronze"}}
  local: {from: orders, parquet: {path: "${OUT:-out}/rows"}}
  copy:
    from: orders
    kafka: {brokers: "other:9092", topic: copy, properties: {sasl.username: me, sasl.password: "${file:SECRET}"}}
s3: {endpoint: "http://127.0.0.1:9000", access_key: me, secret_key: "${S3_SECRET}"}
trigger: {every: 5s}
checkpoint: "${OUT:-out}/checkpoint"
"""

NOT_THERE = """\
name: not_there
sources:
  feed: {http: {url: "http://127.0.0.1:1/"}, format: {json: {schema: {id: BIGINT}}}}
  orders:
    kafka: {brokers: "kafka:9092", topic: orders, properties: {enable.sparse.connections: "false"}}
    format: {json: {schema: {id: BIGINT, ts: TIMESTAMP}}}
    watermark: {column: ts, delay: 10s}
  paid:
    kafka: {brokers: "kafka:9092", topic: paid}
    format: {json: {schema: {id: BIGINT, ts: TIMESTAMP}}}
    watermark: {column: ts, delay: 10s}
  many:
    kafka: {brokers: "kafka:9092", topic: many}
    format: {json: {schema: {id: BIGINT}, each: /events/-}}
  moved:
    kafka: {brokers: "kafka:9092", topic: moved}
    format: {json: {schema: {ts: TIMESTAMP}}}
    watermark: {column: "ts + INTERVAL 1 HOUR", delay: 10s}
views:
  late: >-
    SELECT o.id, count(*) AS n FROM orders o JOIN paid p ON o.id = p.id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL 1 HOUR
    GROUP BY o.id
  hours: {sql: "SELECT window(ts, '1 hour') AS w, count(*) AS n FROM orders GROUP BY window(ts, '1 hour')", late: {to: missed}}
sinks:
  a: {from: feed, console: {}}
  b: {from: hours, mode: update, console: {}}
  c: {from: missed, console: {}}
  d: {from: moved, console: {}}
  e: {from: many, console: {}}
  f: {from: late, mode: complete, console: {}}
checkpoint: out/checkpoint
"""


def cases():
    yield Case("programs", programs)
    yield Case("secrets", secrets)
    yield Case("not_there", not_there)
    yield Case("packages_missing", packages_missing)
    yield Case("exported", exported)


def generate(plans):
    done = subprocess.run([spark_python(), HERE / "generate.py"], input=json.dumps(plans), capture_output=True, text=True,
                          env=environment(PYTHONPATH=PACKAGE))
    if done.returncode:
        raise Failure(f"the generator failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout)


def plan(file, cwd=ROOT, **env):
    return sluice("export", "--to", "plan", file, cwd=cwd, env=env).must_exit(0).out


def programs(folder):
    """Of every example: a program that compiles, the same each time; or what Spark has not."""
    files = sorted(path.relative_to(ROOT) for path in (ROOT / "examples").glob("*/*.yaml")
                   if not any(name in str(path) for name in ELSEWHERE))
    plans = [plan(file, KAFKA_BROKERS="127.0.0.1:9092") for file in files]
    first, second = generate(plans), generate(plans)
    for file, one, again in zip(files, first, second):
        name = str(file.with_suffix("")).removeprefix("examples/")
        expect_equal(one, again, f"{file}, made twice")
        if "text" not in one:
            reasons = " ".join(message for _, _, message in one["refused"])
            if REFUSED.get(name, "`rate`") not in reasons:
                raise Failure(f"{file} is refused: {reasons}")
            continue
        if name in REFUSED:
            raise Failure(f"{file} is not refused any more: take it out of REFUSED")
        compile(one["text"], str(file), "exec")
        for path, text in one["project"].get("files", {}).items():
            if path.endswith(".py"):
                compile(text, f"{file}: {path}", "exec")
        if "sluice_spark" in one["text"] or max(map(len, one["text"].splitlines())) > 160:
            raise Failure(f"{file}: the program imports sluice_spark, or has lines nobody reads")


def secrets(folder):
    """Secrets come out of the environment or of files, wherever they are in the pipeline file."""
    (folder / "secret").write_text("hidden-in-a-file\n")
    (folder / "ca.pem").touch()
    (folder / "pipeline.yaml").write_text(SECRETS.replace("location: CA", f"location: {folder}/ca.pem").replace("SECRET}\"}", f"{folder}/secret}}\"}}", 1))
    text = plan("pipeline.yaml", folder, S3_SECRET="hidden-in-the-environment", OUT="elsewhere")
    made = json.loads(text)
    expect_equal("***", made["sources"][0]["connector"]["options"]["properties"]["sasl.password"], "the plan's secret")
    made["sources"][0]["connector"]["options"]["properties"]["sasl.password"] = "hidden-in-the-file"
    made["sinks"][2]["connector"]["options"]["properties"]["sasl.password"] = "hidden-in-a-file"
    made["s3"]["options"]["secret_key"] = "hidden-in-the-environment"
    [one] = generate([json.dumps(made)])
    if "refused" in one or "refused" in one["project"]:
        raise Failure(f"refused: {one}")
    for where in (one["text"], str(one["conf"]), str(one["project"])):
        if "hidden" in where:
            raise Failure(f"a secret is in\n{where}")
    if "fs.s3a" in str(one["conf"]):
        raise Failure(f"keys of S3 are among the settings that Spark puts on a command line\n{one['conf']}")
    expect_equal("hidden-in-the-file", one["environment"]["ORDERS_SASL_PASSWORD"], "the environment")
    expect_equal("elsewhere", one["environment"]["OUT"], "the environment")
    for words in ('os.environ["ORDERS_SASL_PASSWORD"]', 'os.environ["S3_SECRET"]', "SECRET = content(",
                  '"fs.s3a.path.style.access": "true"', '"fs.s3a.secret.key": S3_SECRET', '"kafka.ssl.truststore.certificates", content("',
                  'jaas("org.apache.kafka.common.security.scram.ScramLoginModule", "me", os.environ["ORDERS_SASL_PASSWORD"])',
                  '"s3a://lake/bronze"', '.trigger(processingTime="5 seconds")', 'CHECKPOINT = location(f"{OUT}/checkpoint")'):
        if words not in one["text"]:
            raise Failure(f"{words} is not in\n{one['text']}")


def not_there(folder):
    """All that Spark lacks is named, with its place, before anything starts."""
    (folder / "pipeline.yaml").write_text(NOT_THERE)
    done = subprocess.run([spark_python(), "-m", "sluice_spark", "check"], input=plan("pipeline.yaml", folder), text=True,
                          capture_output=True, cwd=folder, env=environment(PYTHONPATH=PACKAGE))
    expect_equal(2, done.returncode, f"exit code, with\n{done.stderr}")
    for words in ("pipeline.yaml:3:10: Spark has no source or sink of HTTP",
                  "'enable.sparse.connections' of librdkafka", "'each' has no equal", "takes its watermark of a column",
                  "'late' of view hours",
                  "sink f: mode complete over view late, a join of streams"):
        if words not in done.stderr:
            raise Failure(f"{words} is not in\n{done.stderr}")


def packages_missing(folder):
    """One command installs what is missing."""
    done = subprocess.run([sys.executable, "-I", "-c", "import sys; sys.path.insert(0, sys.argv.pop(1)); "
                           "sys.path = [one for one in sys.path if 'site-packages' not in one]; "
                           "import runpy; runpy.run_module('sluice_spark', run_name='__main__')", PACKAGE, "check"],
                          input="{}", capture_output=True, text=True)
    expect_equal(2, done.returncode, f"exit code, with\n{done.stderr}")
    if "-m pip install pyspark==" not in done.stderr or " sqlglot==" not in done.stderr:
        raise Failure(f"the command is not in\n{done.stderr}")


def exported(folder):
    """A file that is there stays, unless --force says otherwise."""
    text = plan("examples/bronze/pipeline.yaml", KAFKA_BROKERS="127.0.0.1:9092")
    for words, code in (([], 0), ([], 2), (["--force"], 0)):
        done = subprocess.run([spark_python(), "-m", "sluice_spark", "export", "--to", "pyspark", "-o", "made/bronze.py", *words],
                              input=text, capture_output=True, text=True, cwd=folder, env=environment(PYTHONPATH=PACKAGE))
        expect_equal(code, done.returncode, f"exit code with {words}\n{done.stderr}")
    expect_equal(True, "def write_bronze(" in (folder / "made/bronze.py").read_text(), "the sink's function")
