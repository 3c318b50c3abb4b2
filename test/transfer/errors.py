"""What cannot be shown or copied, in words."""

from support.broker import create_topic
from support.case import Case, Failure
from support.kafka import shared_kafka
from transfer.place import copy, show, write_csv
from support.program import must_say


def cases():
    yield Case("addresses", addresses)
    yield Case("places", places)
    yield Case("options", options)


def addresses(folder):
    write_csv(folder / "orders.csv", 3)
    must_say(show(folder, "kafak://host/t", code=2), "no 'kafak://' is known; did you mean 'kafka'?",
             "kafka://HOST:PORT/TOPIC", "s3://BUCKET/")
    must_say(show(folder, "order.csv", code=2), "there is no file or folder 'order.csv'; did you mean 'orders.csv'?")
    must_say(show(folder, "kafka://host", code=2), "write kafka://HOST:PORT/TOPIC")
    for address, shown in (("kafka://me:hunter2@host/t", "kafka://me:***@host/t"),
                           ("kafka://me:hun/ter2@host/t", "kafka://***: there is an @ after a /: write %2F"),
                           ("kafka://me:h{unter2@host/t", "kafka://me:***@host/t"),
                           ("s3://me:hunter2@bucket/x.csv", "a login is not for an address to say")):
        said = show(folder, address, code=2)
        must_say(said, shown)
        if "unter2" in said.err + said.out or "ter2@" in said.err + said.out:
            raise Failure(f"the password is shown\n{said.err}")
    must_say(show(folder, "${NOWHERE}/x.csv", code=2), "NOWHERE")
    must_say(show(folder, code=2), "say what to show")
    (folder / "x.bin").write_text("?")
    must_say(show(folder, "x.bin", code=2), "its ending does not say what it is; there are", "FILE.csv")
    (folder / "hollow").mkdir()
    must_say(show(folder, "hollow", code=2), "neither a table nor files of a known ending")


def places(folder):
    write_csv(folder / "in.csv", 3)
    copy(folder, "in.csv", "lake")
    must_say(copy(folder, "lake", "./lake/", code=2), "is what is read")
    must_say(copy(folder, "kafka://h/t", "kafka://h/t", code=2), "is what is read")
    (folder / "self").mkdir()
    write_csv(folder / "self" / "a.csv", 3)
    for pattern, target in (("self/*.csv", "self"), ("./self/a*.csv", "self/"), ("*.csv", ".")):
        must_say(copy(folder, pattern, target, code=2), "is what is read")
    brokers = shared_kafka().address
    port = brokers.rsplit(":", 1)[1]
    create_topic(brokers, "self")
    must_say(copy(folder, f"kafka://127.0.0.1:{port}/self", f"kafka://localhost:{port}/self", code=2),
             f"kafka://localhost:{port}/self is what is read")
    (folder / "file.csv").write_text("")
    must_say(copy(folder, "in.csv", "file.csv", code=2), "it is a file, and what is written is a folder of files")
    must_say(copy(folder, "in.csv", "x.csv.gz", code=2), "--to-option compression=gzip")
    must_say(copy(folder, "in.csv", "x", "--to", "parket", code=2), "did you mean 'parquet'?")
    must_say(copy(folder, "in.csv", "kafka://h/t", "--to", "delta", code=2), "it is written by kafka")
    must_say(copy(folder, "file.csv", "x", code=2), "file.csv is empty")


def options(folder):
    write_csv(folder / "in.csv", 3)
    copy(folder, "in.csv", "lake")
    must_say(copy(folder, "in.csv", "x", "--key", "id", code=2), "a delta sink has no 'key'")
    must_say(copy(folder, "in.csv", "x", "--schema", "id BIGNT", code=2), "BIGNT")
    must_say(copy(folder, "in.csv", "x", "--from-option", "deliminer=;", code=2), "did you mean 'delimiter'?")
    must_say(copy(folder, "in.csv", "x", "--from-option", "delimiter", code=2), "NAME=VALUE")
    must_say(copy(folder, "in.csv", "x", "--format", "json: {", code=2), "--format")
    must_say(copy(folder, "kafka://h/t", "x", "--format", "jsn: {}", code=2), "did you mean 'json'?")
    must_say(copy(folder, "lake", "x", "--schema", "id BIGINT", code=2), "remove 'format'")
