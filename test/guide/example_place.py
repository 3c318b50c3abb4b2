"""The folder in which the examples of `--help` run: files with the names that they use, and what they ask of."""

import gzip
import json
import re
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.broker import EmbeddedBroker
from support.case import Failure
from support.live import Live
from support.s3 import S3
from support.shell import shell

ORDERS = """\
name: orders
sources:
  orders:
    json_lines: {path: in, schema: {id: BIGINT, customer: VARCHAR, amount: INTEGER}}
views:
  totals: SELECT customer, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY customer
sinks:
  bronze: {from: orders, delta: {path: "lake/${TOPIC:-orders}_bronze"}}
  totals: {from: totals, mode: upsert, key: customer, delta: {path: lake/totals}}
trigger: available_now
checkpoint: checkpoint
"""

# Without state, which Spark could not go on with.
BRONZE = re.sub(r"views:\n.*\n|  totals: .*\n", "", ORDERS)

TOPIC = """\
name: invoices
sources:
  invoices:
    kafka: {brokers: "${KAFKA_BROKERS:-embedded}", topic: "${TOPIC:-invoices}", start: earliest}
    format: {json: {schema: {invoice_ID: BIGINT, amount: INTEGER}}}
sinks:
  bronze: {from: invoices, delta: {path: lake/invoices}}
trigger: available_now
checkpoint: checkpoint
"""

MADE_UP = """\
name: made_up
sources: {numbers: {generator: {rows: 50, columns: {invoice_ID: {sequence: {}}}}}}
sinks: {out: {from: numbers, console: {}}}
trigger: available_now
checkpoint: checkpoint/made_up
"""

ENDLESS = """\
name: %s
sources: {readings: {generator: {rows_per_second: 50, columns: {n: {sequence: {}}, sensor: {choice: {values: [a, b]}}}}}}
views: {totals: "SELECT sensor, count(*) AS k FROM readings GROUP BY sensor"}
sinks: {out: {from: totals, mode: update, memory: {name: totals_%s}}}
charts: {totals: {title: Totals, from: totals, bar: {x: sensor, y: k}}}
alerts: {hot: {when: SELECT sensor FROM totals WHERE k < 0, to: log}}
trigger: {every: 100ms}
checkpoint: state/%s
backup: {to: backups/%s}
"""

TESTS = """\
tests:
  the_sum_of_a_customer:
    batches:
      - rows: {orders: [{id: 1, customer: alice, amount: 2}, {id: 2, customer: alice, amount: 3}]}
        expect: {totals: [{customer: alice, amount: 5}]}
"""

SALES = """\
name: sales
tables: {orders: {delta: {path: lake/orders}}}
charts: {orders: {title: Orders, sql: SELECT count(*) AS n FROM orders, number: {value: n}}}
"""

AVRO = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}, {"name": "price", "type": "double"}]}
PROTO = 'syntax = "proto3";\npackage shop;\nmessage Order { int64 id = 1; double price = 2; }\n'


class Place:
    """What a line finds. `swaps` are names of the outside world in the examples, and what they are here."""

    def __init__(self, folder):
        self.folder = folder
        self.env = {"SLUICE_HOME": folder / "home", "HOME": folder / "home"}
        self.swaps = {"/data/checkpoints": folder / "spark", "/backup/checkpoint": folder / "checkpoint"}
        self.closing = ExitStack()
        self.live = None
        (folder / "home").mkdir(parents=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing.close()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def here(self, line):
        for name, place in self.swaps.items():
            line = line.replace(name, str(place))
        return line

    def run(self, line):
        return shell(self.here(line), self.folder, self.env)

    def must(self, line):
        return self.run(line).must_exit(0)

    # What examples ask of.

    def files(self):
        """Rows with the names of all examples, one broken among them."""
        rows = [{"id": n, "customer": ["alice", "bob"][n % 2], "amount": n} for n in range(40)]
        lines = [json.dumps(row) for row in rows] + ['{"id": 40, "customer": "alice", "amount": "x"}']
        self.write("in/orders.jsonl", "".join(line + "\n" for line in lines))
        self.write("pipeline.yaml", ORDERS)
        self.write("pipelines/made_up.yaml", MADE_UP)

    def ran(self):
        self.files()
        self.must("sluice run pipeline.yaml")

    def stateless(self):
        self.files()
        self.write("pipeline.yaml", BRONZE)
        self.must("sluice run pipeline.yaml")

    def tests(self):
        self.files()
        self.write("orders.yaml", ORDERS)
        self.write("orders.test.yaml", TESTS)

    def tables(self):
        """Delta tables with as many versions as examples name, and files."""
        import pyarrow
        import pyarrow.parquet
        from deltalake import write_deltalake

        days = ["2024-05-01", "2024-05-02"]
        rows = pyarrow.table({"id": [1, 2], "k": ["a", "b"], "price": [1.5, 2.5], "seller": [7, 8], "day": days})
        for version in range(13):
            write_deltalake(self.folder / "out" / "bronze", rows, mode="append")
            if version < 4:
                write_deltalake(self.folder / "lake" / "orders", rows, mode="append")
        write_deltalake(self.folder / "lake" / "airlines", rows)
        (self.folder / "out" / "parquet").mkdir()
        pyarrow.parquet.write_to_dataset(rows, self.folder / "out" / "parquet", partition_cols=["day"])
        self.write("sales.yaml", SALES)
        self.write("in/orders.csv", "id,price\n1,1.5\n2,2.5\n")
        self.write("pipeline.yaml", ORDERS.replace("json_lines: {path: in, ", "csv: {path: in, header: true, ")
                   .replace("customer: VARCHAR, amount: INTEGER", "price: DOUBLE").replace("customer", "id").replace("amount", "price"))

    def store(self):
        """A server of S3 with the buckets that examples name, and files in them."""
        server = self.closing.enter_context(Stopped(S3()))
        for bucket in ("bucket", "backups"):
            server.make_bucket(bucket)
        self.env |= server.env
        import pyarrow
        import pyarrow.parquet

        for path in ("flights/a.parquet", "in/2024.parquet"):
            at = server.bucket("bucket") / path
            at.parent.mkdir()
            (at.parent / "a.csv").write_text("id,carrier\n1,a\n2,b\n")
            pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2], "carrier": ["a", "b"]}), at)

    def broker(self):
        """A broker of this home, with topics that hold some rows, and files to send."""
        made = EmbeddedBroker(self.folder / "home")
        self.closing.callback(made.stop)
        self.swaps |= {"kafka://other:9092/orders": f"kafka://{made.address}/copied", "localhost:9092": made.address}
        self.messages()
        self.must("sluice topic create invoices --partitions 4")
        self.must("sluice produce invoices.csv --topic invoices --key invoice_ID")
        self.must("sluice produce orders.jsonl --topic orders")

    def messages(self):
        self.write("invoices.csv", "invoice_ID,amount\n" + "".join(f"{n},{n}\n" for n in range(40)))
        orders = "".join(json.dumps({"id": n, "price": 0.5 + n}) + "\n" for n in range(5))
        self.write("orders.jsonl", orders)
        self.write("orders.csv", "id,price\n1,1.5\n2,2.5\n")
        self.write("old.jsonl.gz", gzip.compress(orders.encode()))
        self.write("orders.avsc", json.dumps(AVRO))
        self.write("orders.proto", PROTO)
        self.write("pipeline.yaml", MADE_UP)

    def topic_pipeline(self):
        self.broker()
        self.write("pipeline.yaml", TOPIC)
        self.write("pipelines/made_up.yaml", MADE_UP)

    def registry(self):
        """What answers as a schema registry does that has one schema."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), OneSchema)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.closing.callback(server.shutdown)
        self.swaps["http://127.0.0.1:8081"] = f"http://127.0.0.1:{server.server_port}"

    def page_of_one(self):
        """Of which a question need not say whom it asks."""
        self.page(["orders"])

    def page(self, names=("orders", "plant")):
        """A sluice that serves its page, with the pipelines that examples name."""
        for name in names:
            self.write(f"served/{name}.yaml", ENDLESS.replace("%s", name))
        self.write("token", "0123456789abcdef0123456789abcdef")
        self.live = self.closing.enter_context(Live("served", cwd=self.folder, env=self.env))
        address = self.live.url.removeprefix("http://").rstrip("/")
        self.swaps |= {"https://host:8484": f"http://{address}", "127.0.0.1:8484": address}
        for name in names:
            self.live.wait_until(name, lambda status: status["batches"] > 0, "ran")

    def letters(self):
        """The id of a dead letter that there is, in the place of the one in the examples."""
        self.ran()
        listed = self.must("sluice deadletter list pipeline.yaml --format json").out.splitlines()
        if not listed:
            raise Failure("no record is a dead letter")
        self.swaps["12-9f3a22c1b07d4e55"] = json.loads(listed[0])["id"]

    def backups(self):
        self.store()
        self.files()
        self.write("backed_up.yaml", ORDERS + "backup: {to: s3://backups/invoices}\n")
        self.must("sluice run backed_up.yaml")
        self.must("mv checkpoint elsewhere")


class Stopped:
    """Something with a stop(), as a context."""

    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *_):
        self.thing.stop()


class OneSchema(BaseHTTPRequestHandler):
    """The schema of AVRO as number 1, under any subject."""

    def do_GET(self):
        schema = {"subject": "orders-value", "id": 1, "version": 1, "schema": json.dumps(AVRO)}
        body = json.dumps(schema).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing: the case's output is the examples' own."""
