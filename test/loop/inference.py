"""`sluice infer`: what is printed is checked, run over the very source, and gives the rows that went in."""

import json
import os
import random
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

from support.broker import EmbeddedBroker, create_topic, produce
from support.case import Case, Failure, expect_equal
from support.program import must_say, sluice
from support.s3 import Store
from support.tables import connection, data_files


def cases():
    yield Case("infer_dirty_csv", dirty_csv)
    yield Case("infer_texts_of_digits", digits)
    yield Case("infer_dates", dates)
    yield Case("infer_header", headers)
    yield Case("infer_no_header", no_header)
    yield Case("infer_json_mixed", mixed_json)
    yield Case("infer_json_nested", nested_json)
    yield Case("infer_json_lists", json_lists)
    yield Case("infer_numbers", numbers)
    yield Case("infer_epoch", epoch)
    yield Case("infer_money", money)
    yield Case("infer_broken", broken)
    yield Case("infer_topic", topic)
    yield Case("infer_topic_of_csv", topic_of_csv)
    yield Case("infer_tables", tables)
    yield Case("infer_store", store)
    yield Case("infer_known_schemas", known_schemas)
    yield Case("infer_output", output)
    yield Case("infer_refusals", refusals)


def look(folder, source, *arguments, code=0, env=None):
    return sluice("infer", source, *arguments, cwd=folder, env=env).must_exit(code)


def found(folder, source, *arguments, env=None):
    """The columns by name, and all that is known."""
    whole = json.loads(look(folder, source, "--json", *arguments, env=env).out)
    return {column["name"]: column for column in whole["columns"]}, whole


def types(columns):
    return {name: column["type"] for name, column in columns.items()}


def run(folder, source, *arguments, letters=0, env=None):
    """The rows that the printed pipeline writes, in the order of the input."""
    text = look(folder, source, "--to", "rows.jsonl", *arguments, env=env).out
    (folder / "pipeline.yaml").write_text(text, encoding="utf-8")
    sluice("check", "pipeline.yaml", cwd=folder, env=env).must_exit(0)
    sluice("run", "pipeline.yaml", cwd=folder, env=env).must_exit(0)
    parts = sorted((folder / "rows.jsonl").glob("*.jsonl"))
    rows = [json.loads(line, parse_float=Decimal) for part in parts for line in part.read_text(encoding="utf-8").splitlines()]
    duck = connection()
    dead = data_files(folder / "checkpoints", ".parquet") if (folder / "checkpoints").exists() else []
    expect_equal(letters, duck.execute("SELECT count(*) FROM read_parquet(?)", [dead]).fetchone()[0] if dead else 0, f"dead letters of\n{text}")
    return rows


def write(folder, name, text, encoding="utf-8"):
    (folder / name).write_bytes(text.encode(encoding))


def dirty_csv(folder):
    # Points between thousands, as people write them.
    lines = ["Größe;Kunde;Preis;Datum"] + [f"{i};Kunde {i};{i + 1}.{i % 10}00,5{i % 10};{i % 28 + 1:02}.0{i % 9 + 1}.2024" for i in range(40)]
    write(folder, "kunden.csv", "\ufeff" + "\r\n".join(lines) + "\r\n")
    columns, whole = found(folder, "kunden.csv")
    expect_equal({"Größe": "INTEGER", "Kunde": "VARCHAR", "Preis": "VARCHAR", "Datum": "VARCHAR"}, types(columns), "types")
    expect_equal("DECIMAL(18,2)", columns["Preis"]["meaning"]["type"], "what the price means")
    expect_equal("DATE", columns["Datum"]["meaning"]["type"], "what the date means")
    if not columns["Größe"]["is_key"]:
        raise Failure("each number comes once")
    rows = run(folder, "kunden.csv")
    expect_equal(40, len(rows), "rows")
    expect_equal((3, "Kunde 3", Decimal("4300.53"), "2024-04-04"),
                 (rows[3]["Größe"], rows[3]["Kunde"], Decimal(str(rows[3]["Preis_number"])), rows[3]["Datum_date"]), "a row")
    # Latin-1: what is not UTF-8 is counted, and said.
    folder = folder / "latin"
    folder.mkdir()
    write(folder, "latin.csv", "id;ort\n" + "".join(f"{i};{'Köln' if i % 4 == 0 else 'Bonn'}\n" for i in range(20)), "latin-1")
    columns, whole = found(folder, "latin.csv")
    expect_equal((20, 5), (whole["records"], whole["undecoded"]), "records, and those that do not decode")
    must_say(look(folder, "latin.csv"), "5 of them are not UTF-8", "iconv -f LATIN1", "5 of them do not decode")
    rows = run(folder, "latin.csv", letters=5)
    expect_equal(15, len(rows), "rows of the others")


def digits(folder):
    write(folder, "people.csv", "id,zip_code,phone,mobile,customer\n" + "".join(
        f"{i},{i:05},+49301234{i:03},49301234{i:03},{7 - i % 7:03}\n" for i in range(50)))
    columns, _ = found(folder, "people.csv")
    expect_equal({"id": "INTEGER", "zip_code": "VARCHAR", "phone": "VARCHAR", "mobile": "VARCHAR", "customer": "VARCHAR"},
                 types(columns), "types")
    must_say(look(folder, "people.csv"), "with leading zeros, such as 00000", "with a + in front", "the name says no number")
    expect_equal({"id": 7, "zip_code": "00007", "phone": "+49301234007", "mobile": "49301234007", "customer": "007"},
                 run(folder, "people.csv")[7], "a row")


def dates(folder):
    rows = [f"{i},{i % 28 + 1:02}/0{i % 9 + 1}/2024,0{i % 9 + 1}/{i % 28 + 1:02}/2024,0{i % 9 + 1}/0{i % 7 + 1}/2024,"
            f"2024-05-{i % 28 + 1:02},2024-05-01T10:00:{i:02}+02:00,2024-05-01 10:00:{i:02}.5,10:{i:02}:00,2024/5/{i % 28 + 1},202405{i % 28 + 1:02}" for i in range(40)]
    write(folder, "dates.csv", "id,uk,us,unclear,iso,zoned,plain,clock,slashes,day\n" + "\n".join(rows) + "\n")
    columns, whole = found(folder, "dates.csv")
    expect_equal({"id": "INTEGER", "uk": "VARCHAR", "us": "VARCHAR", "unclear": "VARCHAR", "iso": "DATE",
                  "zoned": "TIMESTAMPTZ", "plain": "TIMESTAMP", "clock": "TIME", "slashes": "VARCHAR", "day": "INTEGER"}, types(columns), "types")
    if "meaning" in columns["unclear"] or "day or month first" not in columns["unclear"]["reason"]:
        raise Failure(f"nobody can say what 01/02/2024 is: {columns['unclear']}")
    expect_equal(["zoned", "plain"], [time["column"] for time in whole["event_times"]], "times")
    must_say(look(folder, "dates.csv"), "# watermark: {column: zoned, delay: 1m}", "the day is first", "the month is first")
    got = run(folder, "dates.csv")[30]
    expect_equal(["2024-04-03", "2024-04-03", "04/03/2024", "2024-05-03", "2024-05-03", "2024-05-03"],
                 [got[name] for name in ("uk_date", "us_date", "unclear", "iso", "slashes_date", "day_date")], "a row")


def headers(folder):
    write(folder, "h.csv", "id,名前,amount,amount,,select\n" + "".join(f"{i},東{i},{i}.50,{i},x{i},y{i}\n" for i in range(12)))
    columns, _ = found(folder, "h.csv")
    expect_equal({"id": "INTEGER", "名前": "VARCHAR", "amount": "DECIMAL(18,2)", "amount_2": "INTEGER", "column5": "VARCHAR",
                  "select": "VARCHAR"}, types(columns), "types")
    expect_equal({"id": 3, "名前": "東3", "amount": Decimal("3.50"), "amount_2": 3, "column5": "x3", "select": "y3"},
                 run(folder, "h.csv")[3], "a row")


    (folder / "several").mkdir()
    for i in range(3):
        write(folder, f"several/{i}.csv", f"id,name\n{i},x{i}\n")
    expect_equal({"id": "INTEGER", "name": "VARCHAR"}, types(found(folder, "several")[0]), "each file has a header")
    # Lines above the header are dead letters, and so is it.
    (folder / "above").mkdir()
    write(folder / "above", "a.csv", "# made by hand\n# in 2024\nid|n\n" + "".join(f"{i}|{i}\n" for i in range(9)))
    columns, whole = found(folder / "above", "a.csv")
    expect_equal(({"id": "INTEGER", "n": "INTEGER"}, 2), (types(columns), whole["undecoded"]), "types")
    expect_equal(list(range(9)), [row["n"] for row in run(folder / "above", "a.csv", letters=2)], "rows")


def no_header(folder):
    write(folder, "n.csv", "".join(f"{i}\t2024-01-{i + 1:02}\ttrue\n" for i in range(20)))
    columns, _ = found(folder, "n.csv")
    expect_equal({"column1": "INTEGER", "column2": "DATE", "column3": "BOOLEAN"}, types(columns), "types")
    expect_equal({"column1": 0, "column2": "2024-01-01", "column3": True}, run(folder, "n.csv")[0], "the first row is one")


def mixed_json(folder):
    records = [{"id": i, "size": "n/a" if i % 100 == 7 else i, "flag": i % 2 == 0, "none": None,
                "any": [i] if i % 2 else {"a": i}, "code": str(i), "kind": ["new", "paid"][i % 2]} for i in range(300)]
    write(folder, "m.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    columns, _ = found(folder, "m.jsonl")
    expect_equal({"id": "INTEGER", "size": "VARCHAR", "flag": "BOOLEAN", "none": "VARCHAR", "any": "JSON", "code": "VARCHAR",
                  "kind": "VARCHAR"}, types(columns), "types")
    expect_equal('297 numbers, 3 texts such as "n/a"', columns["size"]["reason"], "why")
    expect_equal(300, columns["none"]["nulls"], "NULLs")
    expect_equal(["new", "paid"], columns["kind"]["one_of"], "an enumeration")
    must_say(look(folder, "m.jsonl"), "0 of 300 (100 % NULL)", "one of 2: new, paid", "looks like a key")
    rows = run(folder, "m.jsonl")
    expect_equal([None if record["size"] == "n/a" else record["size"] for record in records], [row["size_value"] for row in rows], "sizes")


def nested_json(folder):
    records = [{"id": i, "buyer": {"name": f"n{i}", "zip": "01234", "at": {"lat": 1.5, "lon": i}}, "tags": ["a", "b"][:i % 3],
                "items": [{"sku": f"s{i}", "price": 12.34}] * (i % 2), "empty": {}, "nothing": []} for i in range(30)]
    write(folder, "n.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    columns, _ = found(folder, "n.jsonl")
    expect_equal({"id": "INTEGER", "buyer": "STRUCT(\"name\" VARCHAR, zip VARCHAR, \"at\" STRUCT(lat DECIMAL(18,2), lon INTEGER))",
                  "tags": "VARCHAR[]", "items": "STRUCT(sku VARCHAR, price DECIMAL(18,2))[]", "empty": "JSON", "nothing": "JSON"},
                 {name: type.replace("(name ", "(\"name\" ") for name, type in types(columns).items()}, "types")
    must_say(look(folder, "n.jsonl"), "#   items[].price: DECIMAL(18,2), 15 of 15")
    got = run(folder, "n.jsonl")
    expect_equal(records[5]["tags"], got[5]["tags"], "a list")
    expect_equal("12.34", str(got[5]["items"][0]["price"]), "a price in a list")


def json_lists(folder):
    write(folder, "l.json", "".join(json.dumps([{"id": 2 * i}, {"id": 2 * i + 1}]) + "\n" for i in range(10)))
    expect_equal({"id": "INTEGER"}, types(found(folder, "l.json")[0]), "types")
    expect_equal(list(range(20)), [row["id"] for row in run(folder, "l.json")], "elements are records")


def numbers(folder):
    records = ['{"small": %d, "big": %d, "huge": %d, "beyond": %d%d, "exact": %d.123456789012345678, "double": %r, "tiny": %de-7, "ID": %d, "id": 1}'
               % (i, 5_000_000_000 + i, 2 ** 70 + i, 10 ** 38, 10 ** 10 + i, i, i / 7, i, i) for i in range(1, 30)]
    write(folder, "n.jsonl", "\n".join(records) + "\n")
    columns, _ = found(folder, "n.jsonl")
    expect_equal({"small": "INTEGER", "big": "BIGINT", "huge": "HUGEINT", "beyond": "VARCHAR", "exact": "DECIMAL(38,18)",
                  "double": "DOUBLE", "tiny": "DOUBLE", "ID": "INTEGER", "id": None}, types(columns), "types")
    got = run(folder, "n.jsonl")
    expect_equal((2 ** 70 + 1, "1.123456789012345678", f"{10 ** 38}{10 ** 10 + 1}"),
                 (int(got[0]["huge"]), str(got[0]["exact"]), got[0]["beyond"]), "no digit is lost")


def epoch(folder):
    write(folder, "e.jsonl", "".join(json.dumps({"id": 1_700_000_000_000 + i, "created_at": 1_700_000_000_000 + i * 250 - (i % 3) * 1000,
                                                 "updated": 1_700_000_000 + i}) + "\n" for i in range(30)))
    columns, whole = found(folder, "e.jsonl")
    expect_equal({"id": "BIGINT", "created_at": "BIGINT", "updated": "BIGINT"}, types(columns), "types")
    expect_equal(["created_at", "updated"], [time["column"] for time in whole["event_times"]], "times")
    must_say(look(folder, "e.jsonl"), "milliseconds since 1970", ", seconds since 1970", "# watermark: {column: created_at_time, delay: 1m}")
    got = run(folder, "e.jsonl")
    if not got[0]["created_at_time"].startswith("2023-11-14T22:13:20") and not got[0]["created_at_time"].startswith("2023-11-14 22:13:20"):
        raise Failure(str(got[0]))


def money(folder):
    write(folder, "m.csv", "price,us,eu,unclear,label,score\n" + "".join(
        f"{i}.1234567890123456,\"{i},{100 + i}.50\",\"{i},5\",\"{i},{100 + i}\",€ {i}.50,{i / 7!r}\n" for i in range(1, 40)))
    columns, _ = found(folder, "m.csv")
    expect_equal({"price": "DECIMAL(38,16)", "us": "VARCHAR", "eu": "VARCHAR", "unclear": "VARCHAR", "label": "VARCHAR", "score": "DOUBLE"},
                 types(columns), "types")
    expect_equal(["us", "eu", "label"], [name for name, column in columns.items() if "meaning" in column], "numbers in other words")
    got = run(folder, "m.csv")
    expect_equal(("3.1234567890123456", "3103.50", "3.50", "3.50"),
                 tuple(str(got[2][name]) for name in ("price", "us_number", "eu_number", "label_number")), "exactly")


def broken(folder):
    lines = [json.dumps({"id": i}) for i in range(20)]
    lines[5] = '{"id": 5'
    lines[9] = '{"id": 9, "id": 10}'
    lines[12] = "[]"
    write(folder, "b.jsonl", "\n".join(lines) + "\n" + '{"id":')
    columns, whole = found(folder, "b.jsonl")
    expect_equal(("INTEGER", 21, 4), (columns["id"]["type"], whole["records"], whole["undecoded"]), "a file that is cut")
    must_say(look(folder, "b.jsonl"), "4 of them do not decode", "b.jsonl line=6")
    expect_equal(17, len(run(folder, "b.jsonl", letters=4)), "rows of the others")
    write(folder, "c.csv", "a,b\n1,2\n3\n4,5\n6,7,8\n9,\"10\n11,12\n")
    _, whole = found(folder, "c.csv")
    expect_equal({"a": "INTEGER", "b": "INTEGER"}, {column["name"]: column["type"] for column in whole["columns"]}, "types")
    if whole["undecoded"] < 3:
        raise Failure(str(whole))


def topic(folder):
    broker = EmbeddedBroker(folder)
    try:
        create_topic(broker.address, "orders", partitions=2)
        values = [json.dumps({"id": i, "total": i + 0.25, "at": f"2024-05-01T10:00:{i:02}Z"}).encode() for i in range(50)]
        produce(broker.address, "orders", values + [b"no json", None], partitions=2)
        address = f"kafka://{broker.address}/orders"
        columns, whole = found(folder, address)
        expect_equal({"id": "INTEGER", "total": "DECIMAL(18,2)", "at": "TIMESTAMPTZ"}, types(columns), "types")
        expect_equal((52, 2), (whole["records"], whole["undecoded"]), "records")
        must_say(look(folder, address), "1 have no value (tombstones)", "# watermark: {column: at,")
        rows = run(folder, address, letters=2)
        expect_equal(sorted((i, Decimal(i) + Decimal("0.25")) for i in range(50)), sorted((row["id"], row["total"]) for row in rows), "rows")
    finally:
        broker.stop()


def topic_of_csv(folder):
    broker = EmbeddedBroker(folder)
    try:
        create_topic(broker.address, "csv")
        produce(broker.address, "csv", [f"{i};name {i};{i},5".encode() for i in range(30)])
        address = f"kafka://{broker.address}/csv"
        columns, whole = found(folder, address)
        expect_equal(("csv", {"column1": "INTEGER", "column2": "VARCHAR", "column3": "VARCHAR"}), (whole["format"], types(columns)), "types")
        expect_equal("7.50", str(run(folder, address)[7]["column3_number"]), "a row")
        create_topic(broker.address, "texts")
        produce(broker.address, "texts", [f"error in line {i}".encode() for i in range(30)])
        _, whole = found(folder, f"kafka://{broker.address}/texts")
        expect_equal("text", whole["format"], "a format")
        (folder / "texts").mkdir()
        expect_equal("error in line 7", run(folder / "texts", f"kafka://{broker.address}/texts")[7]["value"], "a text")
        create_topic(broker.address, "bytes")
        produce(broker.address, "bytes", [bytes([0, 0, 0, 0, 1, 200, i]) for i in range(30)])
        must_say(look(folder, f"kafka://{broker.address}/bytes"), "begin with the number of a schema", "avro: {registry:")
        create_topic(broker.address, "avro")
        (folder / "o.avsc").write_text('{"type": "record", "name": "o", "fields": [{"name": "id", "type": "long"}, {"name": "name", "type": "string"}]}')
        produce(broker.address, "avro", [bytes([2 * i, 4]) + b"ab" for i in range(30)])
        (folder / "avro").mkdir()
        arguments = (f"kafka://{broker.address}/avro", "--format", f"avro: {{schema_file: {folder}/o.avsc}}")
        columns, _ = found(folder, *arguments)
        expect_equal(({"id": "BIGINT", "name": "VARCHAR"}, True), (types(columns), columns["id"]["is_key"]), "columns of the schema")
        expect_equal({"id": 7, "name": "ab"}, run(folder / "avro", *arguments)[7], "a row")
        create_topic(broker.address, "nothing")
        must_say(look(folder, f"kafka://{broker.address}/nothing", code=2), "E_NOTHING_TO_INFER", "produce some first")
    finally:
        broker.stop()


def tables(folder):
    import duckdb

    duckdb.sql(f"""COPY (SELECT i AS id, i * 0.5::DOUBLE AS price, TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS at, ['a'] AS tags, 'x' AS kind
                   FROM range(100) t(i)) TO '{folder}/t.parquet'""")
    columns, _ = found(folder, "t.parquet")
    expect_equal({"id": "BIGINT", "price": "DOUBLE", "at": "TIMESTAMP", "tags": "VARCHAR[]", "kind": "VARCHAR"}, types(columns), "types")
    must_say(look(folder, "t.parquet"), "0 to 99; looks like a key", "money, by its name", "# watermark: {column: at, delay: 1m}", "always x")
    expect_equal(100, len(run(folder, "t.parquet")), "rows")
    sluice("copy", "t.parquet", "lake", cwd=folder).must_exit(0)
    (folder / "delta").mkdir()
    columns, whole = found(folder / "delta", "../lake")
    expect_equal(("delta", "BIGINT", True), (whole["connector"], columns["id"]["type"], columns["id"]["is_key"]), "a table")
    expect_equal(list(range(100)), sorted(row["id"] for row in run(folder / "delta", "../lake")), "its rows")
    expect_equal("id: BIGINT  # 100 of 100; 0 to 99; looks like a key", look(folder / "delta", "../lake", "--schema").out.splitlines()[0], "its schema")
    # Types that no pipeline file has a name for.
    duckdb.sql(f"""COPY (SELECT i AS id, 'a'::ENUM('a', 'b') AS kind, INTERVAL 1 DAY AS span, TIMESTAMP_NS '2024-01-01 00:00:00.123456789' AS at,
                   MAP {{'k': 1}} AS m, {{'x': 1.5::DECIMAL(10,3)}} AS s, i::UTINYINT AS small, '\\x01'::BLOB AS bytes FROM range(20) t(i)) TO '{folder}/odd.parquet'""")
    (folder / "odd").mkdir()
    expect_equal(20, len(run(folder / "odd", "../odd.parquet")), "rows of odd types")
    _, whole = found(folder, "t.parquet", "--records", "10")
    expect_equal((10, False), (whole["records"], whole["all"]), "no more than asked for")


def store(folder):
    bucket = Store()
    url, env = f"s3://{bucket.bucket}", bucket.server.env
    (bucket.folder / "in").mkdir()
    for i in range(3):
        write(bucket.folder / "in", f"{i}.csv", f"id,price\n{i},{i}.50\n")
    expect_equal({"id": "INTEGER", "price": "DECIMAL(18,2)"}, types(found(folder, f"{url}/in", env=env)[0]), "types")
    expect_equal([0, 1, 2], [row["id"] for row in run(folder, f"{url}/in/*.csv", env=env)], "rows")
    must_say(look(folder, f"{url}/none.csv", code=2, env=env), "there is no file or folder")


MAKERS = {
    "BOOLEAN": lambda dice: dice.random() < 0.5,
    "INTEGER": lambda dice: dice.randint(-2 ** 31, 2 ** 31 - 1),
    "BIGINT": lambda dice: dice.randint(2 ** 33, 2 ** 63 - 1),
    "HUGEINT": lambda dice: dice.randint(-2 ** 126, -2 ** 100),
    "DECIMAL(18,2)": lambda dice: Decimal(dice.randint(-10 ** 12, 10 ** 12)) / 100,
    "DECIMAL(18,4)": lambda dice: Decimal(dice.randint(-10 ** 12, 10 ** 12)).scaleb(-4),
    "VARCHAR": lambda dice: dice.choice(["naïve", "a, b", 'say "no"', "東京", "x;y", "it's"]) + str(dice.randint(0, 10 ** 6)),
    "DATE": lambda dice: date(1970, 1, 1) + timedelta(days=dice.randint(0, 30_000)),
    "TIMESTAMP": lambda dice: datetime(2000, 1, 1) + timedelta(seconds=dice.randint(1, 10 ** 9), microseconds=dice.randint(1, 999_999)),
    "UUID": lambda dice: uuid.UUID(int=dice.getrandbits(128)),
}


def known_schemas(folder):
    """Data of a known schema comes back as that schema, and its rows as they were."""
    for seed in range(200 if os.environ.get("SOAK") else 6):
        dice = random.Random(seed)
        schema = {f"c{i}_{seed}": dice.choice(list(MAKERS)) for i in range(dice.randint(2, 8))}
        schema[f"last_{seed}"] = "INTEGER"
        rows = [{name: None if name.startswith("c") and dice.random() < 0.2 else MAKERS[type](dice) for name, type in schema.items()}
                for _ in range(60)]
        # Each column has a value, and integers one that needs all their bits.
        rows[0] = {name: MAKERS[type](dice) for name, type in schema.items()}
        place = folder / str(seed)
        place.mkdir()
        if seed % 2:
            text = "".join(json_record(row, schema) + "\n" for row in rows)
            name = "r.jsonl"
        else:
            delimiter = dice.choice(",;|\t")
            text = delimiter.join(schema) + "\n" + "".join(
                delimiter.join(csv_field(value, delimiter) for value in row.values()) + "\n" for row in rows)
            name = "r.csv"
        write(place, name, text)
        columns, whole = found(place, name)
        expect_equal(schema, types(columns), f"seed {seed}: types")
        got = run(place, name)
        expect_equal([[as_text(value) for value in row.values()] for row in rows],
                     [[as_text(value) for value in row.values()] for row in got], f"seed {seed}: rows")


def as_text(value):
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal):
        return str(value.normalize() + 0)
    text = str(value).replace("T", " ")
    return text.rstrip("0") if " " in text and "." in text else text


def csv_field(value, delimiter):
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else f"{value:f}" if isinstance(value, Decimal) else str(value)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in delimiter + '"\n') else text


def json_record(row, schema):
    def text(name):
        value = row[name]
        exact = schema[name].startswith("DECIMAL")
        # A fixed number of digits after the point, as programs with decimals write them.
        return f"{value:.{schema[name][-2]}f}" if exact and value is not None else json.dumps(value, default=str, ensure_ascii=False)

    return "{" + ", ".join(f"{json.dumps(name)}: {text(name)}" for name in row) + "}"


def output(folder):
    write(folder, "a.csv", "id,name\n1,x\n2,y\n")
    must_say(look(folder, "a.csv"), "name: a\n", "# sluice infer a.csv: 2 records, all that there are", "console: {}", "trigger: available_now")
    expect_equal("id: INTEGER  # 2 of 2; 1 to 2; looks like a key\nname: VARCHAR  # 2 of 2; looks like a key\n",
                 look(folder, "a.csv", "--schema").out, "the schema")
    look(folder, "a.csv", "-o", "a.yaml")
    expect_equal(look(folder, "a.csv").out, (folder / "a.yaml").read_text(), "the same each time")
    must_say(look(folder, "a.csv", "-o", "a.yaml", code=2), "a.yaml", "--force")
    must_say(sluice("run", "a.yaml", cwd=folder).must_exit(0), "| id|name|")
    # Whatever a file is called, the pipeline has a name that it can have.
    for name, called in {"order.csv": "order_rows", "2024-01.csv": "s_2024_01", "日本x.csv": "x", "日本.csv": "rows", "sluice_a.csv": "s_sluice_a",
                         "SELECT.csv": "SELECT_rows", ".a.csv": "a"}.items():
        write(folder, name, "id,name\n1,x\n2,y\n")
        look(folder, name, "-o", "named.yaml", "--force")
        must_say(look(folder, name), f"\nname: {called}\n")
        sluice("check", "named.yaml", cwd=folder).must_exit(0)
    write(folder, "data.txt", '{"id": 1}\n{"id": 2}\n')
    expect_equal("json_lines", found(folder, "data.txt")[1]["connector"], "by what is there")
    write(folder, "data.dat", "a|b\n1|2\n3|4\n")
    expect_equal("csv", found(folder, "data.dat")[1]["connector"], "by what is there")
    (folder / "b.yaml").write_text(look(folder, "a.csv", "--to", "lake/a").out)
    sluice("run", "b.yaml", cwd=folder, env=None).must_exit(0)
    must_say(sluice("show", "lake/a", cwd=folder).must_exit(0), "|  2|   y|", "2 columns")
    must_say(look(folder, "kafka://127.0.0.1:1/t", "--from-option", "connect_timeout=1s", code=1), "127.0.0.1:1")


def refusals(folder):
    must_say(look(folder, "nowhere.csv", code=2), "there is no file or folder 'nowhere.csv'")
    write(folder, "empty.csv", "")
    must_say(look(folder, "empty.csv", code=2), "E_NOTHING_TO_INFER: empty.csv: there is no record in it")
    write(folder, "header.csv", "a,b\n")
    must_say(look(folder, "header.csv", code=2), "E_NOTHING_TO_INFER", "a header and no record")
    write(folder, "pretty.json", json.dumps([{"a": 1}, {"a": 2}], indent=2))
    must_say(look(folder, "pretty.json", code=2), "E_NOTHING_TO_INFER", "jq -c")
    write(folder, "none.jsonl", "x\ny\n")
    must_say(look(folder, "none.jsonl", code=2), "E_NOTHING_TO_INFER", "none of its 2 records is a JSON object")
    write(folder, "wide.csv", "a,b\n1,2\n", "utf-16")
    must_say(look(folder, "wide.csv", code=2), "UTF-16")
    (folder / "folder").mkdir()
    must_say(look(folder, "folder", code=2), "folder")
    must_say(look(folder, "ftp://x/y", code=2), "no 'ftp://' is known")
    must_say(look(folder, "empty.csv", "--records", "0", code=2), "--records")
    must_say(look(folder, "empty.csv", "--to", "empty.csv", code=2), "it is what is read")
