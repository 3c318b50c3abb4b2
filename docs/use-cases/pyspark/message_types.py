# spark-submit --packages \
#   io.delta:delta-spark_4.2_2.13:4.4.0,org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0 message_types.py
import os

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

OUT = os.environ.get("OUT", "build/examples/message_types")
PAYLOADS = {
    "orders": ("order", "order_id BIGINT, customer STRING, amount DECIMAL(18,2)"),
    "payments": ("payment", "order_id BIGINT, paid_by STRING"),
    "shipments": ("shipment", "order_id BIGINT, carrier STRING, parcels INT"),
}

spark = (
    SparkSession.builder.appName("message_types")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .getOrCreate()
)
messages = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", os.environ["KAFKA_BROKERS"])
    .option("subscribe", os.environ.get("TOPIC", "shop"))
    .option("startingOffsets", "earliest")
    .load()
    .withColumn("m", F.from_json(F.col("value").cast("string"), "type STRING, sent_at TIMESTAMP_NTZ, payload STRING"))
    .select("partition", "offset", "m.*")
)


def append(rows, name, number):
    """Delta skips a batch of this application that it has already: four tables, each exactly once."""
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", f"message_types/{name}")
        .option("txnVersion", number)
        .save(f"{OUT}/{name}")
    )


def write(batch, number):
    batch.persist()
    for name, (kind, schema) in PAYLOADS.items():
        rows = batch.where(F.col("type") == kind).withColumn("p", F.from_json("payload", schema))
        append(rows.where("p.order_id IS NOT NULL").select("sent_at", "p.*"), name, number)
    unknown = "coalesce(type, '') NOT IN ('order', 'payment', 'shipment')"
    no_id = "try_cast(get_json_object(payload, '$.order_id') AS BIGINT) IS NULL"
    append(batch.where(f"{unknown} OR {no_id}"), "others", number)
    batch.unpersist()


query = (
    messages.writeStream.foreachBatch(write)
    .option("checkpointLocation", f"{OUT}/checkpoint")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
