"""The process of support/warm_spark.py: requests and answers are JSON, a line each."""

import json
import os
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
            answer = {"run": run, "text": text, "read": read}[request["do"]](spark, request)
        except BaseException:
            answer = {"error": traceback.format_exc()[-4000:]}
        for query in spark.streams.active:
            query.stop()
        for name in spark.conf.getAll:
            if name.startswith(("fs.", "spark.cassandra.")):
                spark.conf.unset(name)  # keys and places are one program's
        spark.streams.resetTerminated()  # else the next program waits for a query that has failed before
        for row in spark.sql("SHOW VIEWS").collect():
            spark.catalog.dropTempView(row.viewName)
        print(json.dumps({"answer": answer}), flush=True)
    spark.stop()


def text(spark, request):
    """The program of a plan, and what differs."""
    from sluice_spark.plan import read as read_plan
    from sluice_spark.program import generate

    made = generate(read_plan(request["plan"]))
    return {"text": made.text, "notes": made.notes}


def run(spark, request):
    """Runs the program of a plan, in its folder, as `python3 program.py` would."""
    from sluice_spark.plan import read as read_plan
    from sluice_spark.program import generate
    from sluice_spark.run import load

    program = generate(read_plan(request["plan"]))
    before, folder = dict(os.environ), os.getcwd()
    os.chdir(request["folder"])
    try:
        spark.conf.set("spark.sql.streaming.multipleWatermarkPolicy", "min")
        module = load(program, request.get("environment"))
        module.main()
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)
    return {"queries": [query.name for query in program.queries]}


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
