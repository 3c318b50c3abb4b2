# spark-submit --packages \
#   io.delta:delta-spark_4.2_2.13:4.4.0,org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0 bronze.py
import os

from pyspark.sql import SparkSession

OUT = os.environ.get("OUT", "build/examples/bronze")

spark = (
    SparkSession.builder.appName("bronze")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .getOrCreate()
)
query = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", os.environ["KAFKA_BROKERS"])
    .option("subscribe", os.environ.get("TOPIC", "events"))
    .option("startingOffsets", "earliest")
    .load()
    .selectExpr(
        "key", "value", "topic", "partition", "offset", "timestamp AS sent_at", "CAST(timestamp AS DATE) AS sent_on"
    )
    .writeStream.format("delta")
    .partitionBy("sent_on")
    .option("checkpointLocation", f"{OUT}/checkpoint")
    .trigger(availableNow=True)
    .start(f"{OUT}/events")
)
query.awaitTermination()
