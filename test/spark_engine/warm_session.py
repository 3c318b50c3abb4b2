"""The process of support/warm_spark.py: requests and answers are JSON, a line each."""

import json
import os
import runpy
import sys
import traceback


def main():
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]")
    for name, value in json.loads(os.environ["SPARK_SETTINGS"]).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"run": run, "read": read}[request["do"]](spark, request)
        except BaseException:
            answer = {"error": traceback.format_exc()[-4000:]}
        for query in spark.streams.active:
            query.stop()
        for name in spark.conf.getAll:
            if name.startswith(("fs.", "spark.cassandra.")):
                spark.conf.unset(name)  # keys and places are one program's
        for row in spark.sql("SHOW VIEWS").collect():
            spark.catalog.dropTempView(row.viewName)
        print(json.dumps({"answer": answer}), flush=True)
    spark.stop()


def run(spark, request):
    """Runs a program in its folder, as `python3 program.py` would."""
    before, folder = dict(os.environ), os.getcwd()
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    try:
        spark.conf.set("spark.sql.streaming.multipleWatermarkPolicy", "min")
        runpy.run_path(request["program"], run_name="__main__")
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)
    return {}


def read(spark, request):
    """The rows of a table, each value as Spark writes it as a text."""
    frame = spark.read.format(request["format"]).options(**request.get("options", {})).load(request["path"])
    if request.get("sql"):
        frame.createOrReplaceTempView("t")
        frame = spark.sql(request["sql"])
    return {"columns": frame.columns, "types": [kind for _, kind in frame.dtypes],
            "rows": [[None if cell is None else str(cell) for cell in row] for row in frame.collect()]}


if __name__ == "__main__":
    main()
