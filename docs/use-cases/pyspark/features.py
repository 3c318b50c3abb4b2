# spark-submit features.py
import os

from pyspark.sql import SparkSession

LAKE = os.environ.get("LAKE", "build/examples/features")

spark = SparkSession.builder.appName("features").getOrCreate()

spark.read.parquet(f"{LAKE}/customers").createOrReplaceTempView("customers")
spark.sql("""
    SELECT *, CASE WHEN CAST(conv(left(md5(CAST(customer_id AS STRING)), 8), 16, 10) AS BIGINT) % 10 < 8
                   THEN 'train' ELSE 'test' END AS part
    FROM customers
""").createOrReplaceTempView("split")
spark.sql("""
    SELECT avg(age) AS age_mean, stddev_pop(age) AS age_stddev,
           avg(CAST(monthly_bill AS DOUBLE)) AS bill_mean, stddev_pop(monthly_bill) AS bill_stddev,
           median(calls) AS calls_median
    FROM split WHERE part = 'train'
""").createOrReplaceTempView("training")
features = spark.sql("""
    SELECT customer_id, part,
           (age - age_mean) / age_stddev AS age,
           (CAST(monthly_bill AS DOUBLE) - bill_mean) / bill_stddev AS monthly_bill,
           CAST(coalesce(calls, calls_median) AS DOUBLE) AS calls,
           CAST(calls IS NULL AS TINYINT) AS calls_unknown,
           CAST(plan = 'basic' AS TINYINT) AS plan_basic,
           CAST(plan = 'plus' AS TINYINT) AS plan_plus,
           CAST(plan = 'pro' AS TINYINT) AS plan_pro,
           CAST(left_us AS TINYINT) AS label
    FROM split CROSS JOIN training
""")
features.write.mode("overwrite").partitionBy("part").parquet(f"{LAKE}/features")
