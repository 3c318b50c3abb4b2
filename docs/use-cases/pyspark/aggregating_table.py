# spark-submit --packages io.delta:delta-spark_4.2_2.13:4.4.0 aggregating_table.py
import os

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

LAKE = os.environ.get("LAKE", "build/examples/aggregating_table")
OUT = os.environ.get("OUT", LAKE)
SHOPS = f"{LAKE}/shops_stream"

spark = (
    SparkSession.builder.appName("shops_stream")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .getOrCreate()
)
(
    DeltaTable.createIfNotExists(spark)
    .location(SHOPS)
    .addColumn("shop", "STRING")
    .addColumn("day", "DATE")
    .addColumn("orders", "BIGINT")
    .addColumn("amount", "DECIMAL(38,2)")
    .execute()
)


def merge(batch, number):
    """Totals replace totals, so a batch that runs again after a crash changes nothing."""
    (
        DeltaTable.forPath(spark, SHOPS)
        .alias("old")
        .merge(batch.alias("new"), "old.shop <=> new.shop AND old.day <=> new.day")
        .whenMatchedUpdateAll()
        .whenNotMatchedInsertAll()
        .execute()
    )


query = (
    spark.readStream.format("delta")
    .load(f"{LAKE}/orders")
    .groupBy("shop", "day")
    .agg(F.count("*").alias("orders"), F.sum("amount").cast("DECIMAL(38,2)").alias("amount"))
    .writeStream.outputMode("update")
    .foreachBatch(merge)
    .option("checkpointLocation", f"{OUT}/stream_checkpoint")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
