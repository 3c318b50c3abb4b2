"""Rows with a value of every type, the same for the same numbers, and how they are compared."""

import json
import random
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from support.program import ROOT

# As examples/cassandra_to_kafka/table.cql has them.
COLUMNS = ("customer placed note code picture paid priority region items weight volume total big created due "
           "opens lasts delivery_id ip tags lots prices delivery pair embedding").split()
PARTITIONS = 1000
TEXTS = ("", "plain", "Grüße, 世界 🌍", 'quotes " and \\ and \n lines', "x" * 300)


def create(session, keyspace):
    """The example's table in a keyspace of the caller's own."""
    text = (ROOT / "examples/cassandra_to_kafka/table.cql").read_text().replace("shop.", keyspace + ".")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for statement in lines.split(";"):
        if statement.strip() and "KEYSPACE" not in statement:
            session.execute(statement)


def timeuuid(number):
    """Of version 1, each a second later."""
    ticks = 0x01EE0000_0000_0000 + number * 10_000_000
    return uuid.UUID(fields=(ticks & 0xFFFFFFFF, (ticks >> 32) & 0xFFFF, 0x1000 | (ticks >> 48), 0x80, 1, number))


def order(number):
    """The values of row `number`; each column but the key is NULL in one row of ten."""
    from cassandra.util import Date, Duration, Time

    chance = random.Random(number)
    values = {
        "note": TEXTS[number % len(TEXTS)],
        "code": f"A-{number}",
        "picture": chance.randbytes(number % 40),
        "paid": number % 2 == 0,
        "priority": chance.randint(-128, 127),
        "region": chance.randint(-32768, 32767),
        "items": chance.randint(-(2**63), 2**63 - 1),
        "weight": chance.randint(-1000, 1000) / 8,
        "volume": chance.uniform(-1e9, 1e9),
        "total": Decimal(chance.randint(-(10**17), 10**17)).scaleb(-chance.randint(0, 18)),
        "big": chance.randint(-(10**37), 10**37),
        "created": datetime(1969, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=chance.randint(0, 10**13)),
        "due": Date(chance.randint(-20000, 50000)),
        "opens": Time(chance.randint(0, 86_399_999_999) * 1000),
        "lasts": Duration(number % 13, number % 29, chance.randint(0, 10**15)),
        "delivery_id": uuid.UUID(int=chance.getrandbits(128)),
        "ip": f"10.0.{number % 256}.1" if number % 3 else f"2001:db8::{number % 65536:x}",
        "tags": [f"tag {i}" for i in range(number % 4)],
        "lots": set(range(number % 5)),
        "prices": {f"k{i}": Decimal(i).scaleb(-2) for i in range(number % 3)},
        "delivery": (TEXTS[number % 3], number),
        "pair": (number, None if number % 7 == 0 else "p"),
        "embedding": [number / 4, -1.5, 0.0],
    }
    for at, name in enumerate(values):
        if (number + at) % 10 == 0:
            values[name] = None
    return {"customer": number % PARTITIONS, "placed": timeuuid(number), **values}


def load(session, keyspace, count, first=0):
    """Rows `first` to first + count, by batches of a partition each."""
    from cassandra.query import BatchStatement, BatchType

    session.execute(f"USE {keyspace}")
    insert = session.prepare(f"INSERT INTO {keyspace}.orders ({', '.join(COLUMNS)}) VALUES "
                             f"({', '.join('?' * len(COLUMNS))})")

    def batches():
        for partition in range(PARTITIONS):
            begin = first + (partition - first) % PARTITIONS
            numbers = range(begin, first + count, PARTITIONS)
            for at in range(0, len(numbers), 25):
                batch = BatchStatement(BatchType.UNLOGGED)
                for number in numbers[at:at + 25]:
                    batch.add(insert, list(order(number).values()))
                yield batch, ()

    session.execute_all(batches())


def plain(value):
    """A value of the driver's, of Parquet's or of JSON's as one form that compares."""
    kind = type(value).__name__
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value
    if isinstance(value, Decimal):
        digits = format(value, "f")
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    if isinstance(value, datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone.utc)
        return value.astimezone(timezone.utc).isoformat(timespec="microseconds")
    if kind == "Date":
        return (date(1970, 1, 1) + timedelta(days=value.days_from_epoch)).isoformat()
    if kind == "Time":
        return value.nanosecond_time // 1000
    if kind == "time":
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    if kind == "Duration":
        return [("days", value.days), ("months", value.months), ("nanoseconds", value.nanoseconds)]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, uuid.UUID):
        return str(value)
    if hasattr(value, "_asdict"):
        return sorted((name, plain(one)) for name, one in value._asdict().items())
    if isinstance(value, tuple):
        return [(f"_{i + 1}", plain(one)) for i, one in enumerate(value)]
    if hasattr(value, "items"):
        return sorted((name, plain(one)) for name, one in value.items())
    return [plain(one) for one in value]


def as_server_has_it(values):
    """The server has no empty collections: they are NULL there."""
    return {name: None if isinstance(value, (list, set, dict)) and not value else value
            for name, value in values.items()}


def lines(rows):
    """Rows, as dicts, as sorted lines of text."""
    return sorted(json.dumps({name: plain(value) for name, value in row.items()}, sort_keys=True) for row in rows)


def read_with_driver(session, keyspace):
    # As milliseconds: the driver makes its datetimes by way of floating point.
    columns = ", ".join(f"toUnixTimestamp({name}) AS {name}" if name == "created" else name for name in COLUMNS)
    return [row._asdict() for row in session.execute(f"SELECT {columns} FROM {keyspace}.orders")]


def read_parquet(folder):
    import duckdb

    duck = duckdb.connect()
    found = duck.execute(f"SELECT {', '.join(COLUMNS)} FROM (SELECT * REPLACE (CASE epoch_us(created) % 1000 WHEN 0 "
                         f"THEN epoch_ms(created) END AS created, big::HUGEINT AS big) FROM '{folder}/*.parquet')")
    return [dict(zip(COLUMNS, row)) for row in found.fetchall()]
