# spark-submit --packages \
#   io.delta:delta-spark_4.2_2.13:4.4.0,org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0 invoices.py
import os

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

OUT = os.environ.get("DEMO_DIR", "build/demo")
SCHEMA = """
    invoice_ID BIGINT, invoice_Date STRING, SellerID INT, BuyerID INT, ProductID INT, Quantity INT,
    TotalSales DECIMAL(22,12), TotalTax DECIMAL(22,12), PaymentType STRING, _corrupt STRING
"""

spark = (
    SparkSession.builder.appName("invoices")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .getOrCreate()
)
messages = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", os.environ["KAFKA_BROKERS"])
    .option("subscribe", os.environ.get("DEMO_TOPIC", "invoices"))
    .option("startingOffsets", "earliest")
    .option("maxOffsetsPerTrigger", 5000)
    .load()
    .withColumn(
        "r", F.from_json(F.col("value").cast("string"), SCHEMA, {"columnNameOfCorruptRecord": "_corrupt"})
    )
)
BAD = "r IS NULL OR r._corrupt IS NOT NULL"


def clean(rows):
    return (
        rows.where(f"NOT ({BAD})")
        .select("r.*")
        .drop("_corrupt")
        .withColumn("invoice_Date", F.expr("try_to_date(invoice_Date, 'dd/MM/yyyy')"))
        .where("invoice_Date IS NOT NULL AND TotalSales > 0")
    )


def write(batch, number):
    """Three copies and the dead letters; each write is one that may be repeated after a crash."""
    batch.persist()
    rows = clean(batch)
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", "invoices/delta")
        .option("txnVersion", number)
        .save(f"{OUT}/delta")
    )
    rows.write.mode("overwrite").parquet(f"{OUT}/parquet/batch={number}")
    # Spark would write decimals below 1e-6 with an exponent.
    text = rows.withColumns({name: F.col(name).cast("string") for name in ("TotalSales", "TotalTax")})
    text.write.mode("overwrite").option("header", True).csv(f"{OUT}/csv/batch={number}")
    bad = batch.where(BAD).select("topic", "partition", "offset", "timestamp", "key", "value")
    bad.write.mode("overwrite").parquet(f"{OUT}/dead_letter/batch={number}")
    batch.unpersist()


def show(batch, number):
    print(f"Batch: {number}")
    batch.orderBy(F.desc("TotalSales")).show()


totals = (
    clean(messages).groupBy("SellerID").agg(F.sum("TotalSales").alias("TotalSales"), F.sum("TotalTax").alias("TotalTax"))
)
# Two queries, so the topic is read twice, and the screen may be a batch apart from the tables.
queries = [
    messages.writeStream.foreachBatch(write)
    .option("checkpointLocation", f"{OUT}/checkpoint/tables")
    .trigger(processingTime="5 seconds")
    .start(),
    totals.writeStream.outputMode("complete")
    .foreachBatch(show)
    .option("checkpointLocation", f"{OUT}/checkpoint/totals")
    .trigger(processingTime="5 seconds")
    .start(),
]
spark.streams.awaitAnyTermination()
