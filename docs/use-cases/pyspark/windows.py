# spark-submit windows.py
import os

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

IN = os.environ.get("IN", "clicks")
OUT = os.environ.get("OUT", "out")
SCHEMA = "visitor INT, page STRING, clicked_at TIMESTAMP"

spark = SparkSession.builder.appName("windows").config("spark.sql.session.timeZone", "UTC").getOrCreate()

clicks = (
    spark.readStream.schema(SCHEMA)
    .option("maxFilesPerTrigger", 6)
    .parquet(IN)
    .withWatermark("clicked_at", "30 seconds")
)
per_minute = (
    clicks.groupBy(F.window("clicked_at", "1 minute"), "page")
    .agg(F.count("*").alias("clicks"))
    .select(F.col("window.start").alias("minute"), "page", "clicks")
)
visits = (
    clicks.groupBy(F.session_window("clicked_at", "1 minute"), "visitor")
    .agg(F.count("*").alias("clicks"))
    .selectExpr("visitor", "session_window.start AS came", "session_window.end AS left_at", "clicks")
)
so_far = (
    clicks.groupBy(F.window("clicked_at", "1 minute"))
    .agg(F.count("*").alias("clicks"))
    .select(F.col("window.start").alias("minute"), "clicks")
)


def show_busiest(batch, number):
    print(f"Batch: {number}")
    batch.orderBy(F.desc("clicks"), "minute").limit(3).show()


def files(rows, name):
    return rows.writeStream.format("parquet").option("path", f"{OUT}/{name}")


def start(writer, name):
    return writer.option("checkpointLocation", f"{OUT}/checkpoint/{name}").trigger(availableNow=True).start()


# Three queries: Spark reads the clicks and keeps its state three times.
queries = [
    start(files(per_minute, "minutes"), "minutes"),
    start(files(visits, "visits"), "visits"),
    start(so_far.writeStream.outputMode("complete").foreachBatch(show_busiest), "busiest"),
]
for query in queries:
    query.awaitTermination()
