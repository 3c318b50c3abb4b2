# Run by support.spark.WarmSpark: streaming jobs as somebody would write them by hand.
from pyspark.sql.functions import col, from_json

queries = {}
# Logs of files are put together soon.
spark.conf.set("spark.sql.streaming.fileSource.log.compactInterval", 3)


def kafka_rows(address, topic, limit=None):
    reader = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", address)
              .option("subscribe", topic).option("startingOffsets", "earliest"))
    if limit:
        reader = reader.option("maxOffsetsPerTrigger", limit)
    parsed = from_json(col("value").cast("string"), "id BIGINT, item STRING, ts TIMESTAMP")
    return reader.load().select(parsed.alias("row")).select("row.*")


def file_rows(path):
    return (spark.readStream.schema("id BIGINT, item STRING").option("maxFilesPerTrigger", 1)
            .option("latestFirst", False).json(path))


def counted(rows):
    """As the pipeline of the case with windows."""
    return (rows.withWatermark("ts", "1 second").where("item <> 'beat'")
            .groupBy("id", "item", "ts").count().select("id", "item"))


def start(name, checkpoint, table, app_id=None, topic=None, address=None, limit=None, files=None, windows=False,
          trigger=None):
    """`app_id`: foreachBatch with txnAppId; without it Spark's own Delta sink."""
    rows = file_rows(files) if files else kafka_rows(address, topic, limit)
    rows = counted(rows) if windows else rows.select("id", "item")

    def write(frame, batch):
        (frame.write.format("delta").mode("append").option("txnAppId", app_id).option("txnVersion", batch)
         .save(table))

    writer = rows.writeStream.option("checkpointLocation", checkpoint)
    writer = writer.trigger(processingTime=trigger) if trigger else writer.trigger(availableNow=True)
    if app_id:
        queries[name] = writer.foreachBatch(write).start()
    else:
        queries[name] = writer.format("delta").start(table)
    return queries[name].id


def drain(name):
    """Until a query with availableNow ends."""
    queries[name].awaitTermination()


def refusal(name):
    """Why the query ended."""
    try:
        queries[name].awaitTermination()
    except Exception as error:
        return str(error)
    return ""


def newest(name):
    progress = queries[name].lastProgress
    return progress["batchId"] if progress else -1


def stop(name):
    """In the middle of whatever it does."""
    queries[name].stop()
