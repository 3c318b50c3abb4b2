# spark-submit --packages org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0 kafka_to_files.py
import os

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

OUT = os.environ.get("OUT", "build/examples/kafka_to_files")
SCHEMA = "station STRING, measured_at TIMESTAMP_NTZ, celsius DECIMAL(4,1), _corrupt STRING"

spark = SparkSession.builder.appName("kafka_to_files").config("spark.sql.session.timeZone", "UTC").getOrCreate()

readings = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", os.environ["KAFKA_BROKERS"])
    .option("subscribe", os.environ.get("TOPIC", "readings"))
    .option("startingOffsets", "earliest")
    .option("maxOffsetsPerTrigger", 100_000)
    .load()
    .withColumn(
        "r", F.from_json(F.col("value").cast("string"), SCHEMA, {"columnNameOfCorruptRecord": "_corrupt"})
    )
)


def write(batch, number):
    """A folder a batch, overwritten when the batch runs again: otherwise a retry would leave rows twice."""
    batch.persist()
    bad = "r IS NULL OR r._corrupt IS NOT NULL"
    good = batch.where(f"NOT ({bad})").select("r.station", "r.measured_at", "r.celsius")
    good = good.withColumn("day", F.to_date("measured_at"))
    good.write.mode("overwrite").partitionBy("day").parquet(f"{OUT}/parquet/batch={number}")
    text = good.withColumn("measured_at", F.date_format("measured_at", "yyyy-MM-dd HH:mm:ss"))  # not with a T and milliseconds
    text.write.mode("overwrite").option("header", True).csv(f"{OUT}/csv/batch={number}")
    rejected = batch.where(bad).select("topic", "partition", "offset", "timestamp", "key", "value")
    rejected.write.mode("overwrite").json(f"{OUT}/rejected/batch={number}")
    batch.unpersist()


query = (
    readings.writeStream.foreachBatch(write)
    .option("checkpointLocation", f"{OUT}/checkpoint")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
