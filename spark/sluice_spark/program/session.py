"""The program's session: what it must have to be built, and the packages that it takes from Maven."""

import re
from importlib import metadata

from .code import function, indent, listing, literal

# Where pyspark and delta-spark are not installed, the versions that pyproject.toml pins.
PYSPARK, DELTA = "4.2.0", "4.4.0"
CASSANDRA, SCALA = "3.5.1", "2.13"
DELTA_CONF = {
    "spark.sql.extensions": '"io.delta.sql.DeltaSparkSessionExtension"',
    "spark.sql.catalog.spark_catalog": '"org.apache.spark.sql.delta.catalog.DeltaCatalog"',
}

EXCHANGE_REUSE = "spark.sql.exchange.reuse"
# Comments in the program.
REASONS = {EXCHANGE_REUSE: "# A stream that a query reads in two places needs its watermark in both."}


def version_of(package, otherwise):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return otherwise


def coordinates(names):
    """Maven's names of packages, of the versions that are installed."""
    spark, delta = version_of("pyspark", PYSPARK), version_of("delta-spark", DELTA)
    minor = re.match(r"\d+\.\d+", spark)[0]
    known = {
        "kafka": f"org.apache.spark:spark-sql-kafka-0-10_{SCALA}:{spark}",
        "avro": f"org.apache.spark:spark-avro_{SCALA}:{spark}",
        "protobuf": f"org.apache.spark:spark-protobuf_{SCALA}:{spark}",
        "delta": f"io.delta:delta-spark_{minor}_{SCALA}:{delta}",
        "cassandra": f"com.datastax.spark:spark-cassandra-connector_{SCALA}:{CASSANDRA}",
        "s3": f"org.apache.hadoop:hadoop-aws:{hadoop()}",
    }
    return [known[name] for name in names]


def hadoop():
    """The version of Hadoop in the installed pyspark: hadoop-aws must be of the same."""
    try:
        files = metadata.files("pyspark") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        found = re.fullmatch(r"hadoop-client-api-([\d.]+)\.jar", file.name)
        if found:
            return found[1]
    return "3.5.0"


def session_conf(plan, needs):
    """Spark's settings that the program needs: name to expression."""
    conf = {"spark.sql.session.timeZone": literal(plan.timezone)}
    if plan.watermark_policy == "max":
        conf["spark.sql.streaming.multipleWatermarkPolicy"] = '"max"'
    if "delta" in needs.packages:
        conf.update(DELTA_CONF)
    conf.update(needs.conf)
    return conf


def session_function(plan, needs):
    """`session()`, and the constant PACKAGES where it names some."""
    calls = ["SparkSession.builder.appName(PIPELINE)"]
    if needs.packages:
        calls.append('.config("spark.jars.packages", ",".join(PACKAGES))')
    for name, value in session_conf(plan, needs).items():
        calls += [REASONS[name]] if name in REASONS else []
        calls.append(f".config({literal(name)}, {value})")
    calls.append(".getOrCreate()")
    body = "".join("\n        " + call for call in calls)
    start, end = ("spark =", "    connect(spark)\n    return spark\n") if needs.later else ("return", "")
    made = f'''\
def session() -> SparkSession:
    """The session; spark-submit says which cluster."""
    {start} ({body}
    )
{end}'''
    return "\n\n".join(one for one in (connect_function(needs), made) if one)


def connect_function(needs):
    """`connect()`, which has what stores and servers must know; "" where there is nothing."""
    if not needs.later:
        return ""
    lines = ["settings = {", *(indent(f"{name}: {value}") + "," for name, value in needs.later.items()), "}",
             "for name, value in settings.items():", "    if value:", "        spark.conf.set(name, value)"]
    return function("connect", "spark: SparkSession",
                    "Where stores and servers are, and who we are. Not among session()'s settings: Spark starts its JVM with "
                    "those on the command line, which everybody sees.", "\n".join(lines))


def packages_constant(needs):
    if not needs.packages:
        return ""
    return "PACKAGES = " + listing([literal(one) for one in coordinates(needs.packages)], "[", "]")
