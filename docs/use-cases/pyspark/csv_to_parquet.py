# spark-submit csv_to_parquet.py
import os

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

IN = os.environ.get("IN", "examples/csv_to_parquet/readings")
OUT = os.environ.get("OUT", "build/examples/csv_to_parquet")
SCHEMA = "station STRING, measured_at TIMESTAMP_NTZ, celsius DECIMAL(4,1), _corrupt STRING"

spark = SparkSession.builder.appName("csv_to_parquet").getOrCreate()


def write(batch, number):
    """Good rows by day, bad lines as dead letters. Overwriting the batch's folder makes a retry harmless."""
    batch.persist()  # Without it Spark parses the files twice, and cannot ask for _corrupt alone.
    good = batch.where("_corrupt IS NULL").drop("_corrupt").withColumn("day", F.to_date("measured_at"))
    good.write.mode("overwrite").partitionBy("day").parquet(f"{OUT}/readings/batch={number}")
    bad = batch.where("_corrupt IS NOT NULL").selectExpr("_corrupt AS line", "_metadata.file_path AS file")
    bad.write.mode("overwrite").parquet(f"{OUT}/dead_letter/batch={number}")
    batch.unpersist()


readings = (
    spark.readStream.schema(SCHEMA)
    .option("header", True)
    .option("columnNameOfCorruptRecord", "_corrupt")
    .csv(IN)
    .select("*", "_metadata")
)
query = (
    readings.writeStream.foreachBatch(write)
    .option("checkpointLocation", f"{OUT}/checkpoint")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
