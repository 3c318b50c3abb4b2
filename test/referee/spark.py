"""Runs a case in Apache Spark: one warm local session, a JSON file a batch, availableNow."""

import json
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from referee.case_file import interval
from referee.recording import Recording, Trigger
from referee.values import to_json

TYPES = {"VARCHAR": "STRING", "INTEGER": "INT", "TIMESTAMPTZ": "TIMESTAMP", "BLOB": "BINARY",
         "REAL": "FLOAT"}
# Tiny tables: interpreting is faster than compiling, one partition than many. The answers are the same.
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.streaming.numRecentProgressUpdates": "1000",
}
PER_CASE = {"spark.sql.session.timeZone": "UTC", "spark.sql.streaming.multipleWatermarkPolicy": "min"}


class Spark:
    """Close it to end the JVM."""

    def __init__(self):
        os.environ["TZ"] = "UTC"
        time.tzset()
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        from pyspark.sql import SparkSession

        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-referee-",
                                            dir=memory if memory.is_dir() else None))
        builder = SparkSession.builder.master("local[1]").config(
            "spark.sql.warehouse.dir", str(self.folder / "warehouse"))
        for name, value in SETTINGS.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")
        self.count = 0

    def close(self):
        self.session.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def record(self, case):
        """What Spark answers to the case."""
        self.count += 1
        folder = self.folder / str(self.count)
        settings = dict(PER_CASE)
        if "timezone" in case.spec:
            settings["spark.sql.session.timeZone"] = case.spec["timezone"]
        if "watermark_policy" in case.spec:
            settings["spark.sql.streaming.multipleWatermarkPolicy"] = case.spec["watermark_policy"]
        for name, value in settings.items():
            self.session.conf.set(name, value)
        recording = Recording(self.session.version, case.hash, {}, [], None)
        names = [*case.sources, *case.spec.get("tables", {}), *case.spec["views"]]
        try:
            result = self.define(case, folder)
            self.run(case, result, folder / "checkpoint", recording)
        except Exception as error:
            if not hasattr(error, "getCondition"):
                raise
            recording.error = recording.error or named(error)
        finally:
            for name in names:
                self.session.catalog.dropTempView(name)
            shutil.rmtree(folder, ignore_errors=True)
        return recording

    def define(self, case, folder):
        """Temp views for sources, tables and views; the DataFrame of the sink's view."""
        for name, options in case.sources.items():
            self.stream(case, name, options, folder / name).createOrReplaceTempView(name)
        for name, options in case.spec.get("tables", {}).items():
            path = folder / f"{name}.json"
            path.write_text("".join(json.dumps(row) + "\n" for row in case.rows_of_table(name)))
            (self.session.read.schema(ddl(options["schema"])).json(str(path))
             .createOrReplaceTempView(name))
        for name, view in case.spec["views"].items():
            view = case.spec.get("spark", {}).get(name, view)
            self.view(view).createOrReplaceTempView(name)
        return self.session.table(case.result)

    def stream(self, case, name, options, folder):
        folder.mkdir(parents=True)
        for number, batch in enumerate(case.batches):
            path = folder / f"{number:03}.json"
            path.write_text("".join(json.dumps(row) + "\n" for row in batch[name]))
            os.utime(path, (1e9 + number, 1e9 + number))  # Spark reads files by their time
        frame = (self.session.readStream.schema(ddl(options["schema"]))
                 .option("maxFilesPerTrigger", 1).json(str(folder)))
        watermark = options.get("watermark")
        if watermark:
            if watermark["column"] not in options["schema"]:
                raise ValueError(f"{case.path}: Spark's watermark needs a column, not {watermark['column']}")
            frame = with_watermark(frame, watermark)
        return frame

    def view(self, view):
        if isinstance(view, str):
            return self.session.sql(view)
        if "python" in view:
            from pyspark.sql import functions as F

            return eval(view["python"], {"F": F, "table": self.session.table})
        frame = self.session.table(view["from"]) if "from" in view else self.session.sql(view["sql"])
        if "watermark" in view:
            return with_watermark(frame, view["watermark"])
        if "deduplicate" in view:
            options = view["deduplicate"]
            if "within" in options:
                return frame.dropDuplicatesWithinWatermark(options["by"])
            return frame.dropDuplicates(options["by"])
        return frame

    def run(self, case, result, checkpoint, recording):
        from pyspark.errors import PySparkException

        outputs = {}

        def collect(frame, batch):
            recording.columns = {field.name: field.dataType.simpleString()
                                 for field in frame.schema.fields}
            try:
                rows = frame.collect()
            except PySparkException as error:
                recording.error = named(error)  # what the query ends with only wraps it
                raise
            outputs[batch] = [[to_json(cell) for cell in row] for row in rows]

        query = (result.writeStream.outputMode(case.mode).foreachBatch(collect)
                 .option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start())
        try:
            query.awaitTermination()
        finally:
            for progress in query.recentProgress:
                batch = progress["batchId"]
                if batch not in outputs:
                    continue
                late = sum(one["numRowsDroppedByWatermark"] for one in progress["stateOperators"])
                mark = progress["eventTime"].get("watermark")
                recording.triggers.append(Trigger(
                    batch, progress["numInputRows"],
                    mark and mark.replace("T", " ").replace("Z", "").removesuffix(".000"),
                    late, outputs[batch]))


def named(error):
    """Spark's own name of an error, without the text that changes from run to run."""
    name, message = error.getCondition(), str(error)
    if name is None or name == "STREAM_FAILED":
        found = re.findall(r"\[([A-Z][A-Z0-9_.]+)\]", message)
        found = [one for one in found if one != "STREAM_FAILED"]
        name = found[0] if found else name
    message = re.sub(r"#\d+L?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "#", message)
    return {"class": name or type(error).__name__, "message": message.split("\n")[0][:200]}


def with_watermark(frame, watermark):
    return frame.withWatermark(watermark["column"], interval(watermark.get("delay", "0s")))


def ddl(schema):
    return ", ".join(f"{name} {spark_type(kind)}" for name, kind in schema.items())


def spark_type(kind):
    """DuckDB's name of a type as Spark's."""
    kind = str(kind).strip()
    if kind.endswith("[]"):
        return f"ARRAY<{spark_type(kind[:-2])}>"
    inside = re.fullmatch(r"(STRUCT|MAP)\((.*)\)", kind)
    if inside:
        parts = split(inside[2])
        if inside[1] == "MAP":
            return "MAP<" + ", ".join(map(spark_type, parts)) + ">"
        named_parts = [part.strip().split(" ", 1) for part in parts]
        return "STRUCT<" + ", ".join(f"{n}: {spark_type(k)}" for n, k in named_parts) + ">"
    return TYPES.get(kind, kind)


def split(text):
    """At the commas outside brackets."""
    depth, parts = 0, [""]
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
