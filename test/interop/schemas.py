"""Tables of many shapes: their columns, and rows for them as JSON. Every fifth row is NULL but for its
`id`; the same `id` and `turn` give the same row."""

from dataclasses import dataclass

ADDED = ("added", "STRUCT(x BIGINT, y VARCHAR)")
MOMENTS = ("1969-12-31 23:59:59.999999", "2024-02-29 12:00:00.123456", "2262-04-11 23:47:16",
           "0001-01-01 00:00:00.000001")
TEXTS = ("plain", "", "größer als 名前 🚰", 'a "quoted", b', "line\nbreak\ttab", "\\back\\", "'", "NULL")
FOLDERS = ("a b", "50%", "x:y", "größe 🚰", "k=v/w", "a+b&c#d?", "'q'", "\"")
BYTES = ("", "AA==", "AAECAwT/", "w7xubsOkbWVk")


@dataclass(frozen=True)
class Schema:
    """`columns`: name -> SQL type, without `id`; `value(column, n)`: what row n holds, as JSON."""

    name: str
    columns: dict
    value: callable
    partition_by: tuple = ()

    @property
    def types(self):
        return {"id": "BIGINT", **self.columns}

    def row(self, number, turn=0):
        """Row `number`; another `turn` is a later version of it."""
        empty = number % 5 == 4
        return {"id": number, **{column: None if empty else self.value(column, number + 7 * turn)
                                 for column in self.columns}}


def of(values):
    return lambda column, n: values[column](n)


def pick(choices):
    return lambda n: choices[n % len(choices)]


def digits(precision, scale):
    """Decimals as texts: exact, of both signs, up to the widest that the type holds."""
    def value(n):
        text = ("9" * precision if n % 3 == 0 else str(n * 7919 + 1)[-precision:]).rjust(scale + 1, "0")
        sign = "-" if n % 2 else ""
        return sign + (f"{text[:-scale]}.{text[-scale:]}" if scale else text)
    return value


def wide_value(column, n):
    return [n * 31, f"t{n}", n / 8, n % 2 == 0][int(column[1:]) % 4] if (n + len(column)) % 2 else None


SCHEMAS = (
    Schema("decimals", {"small": "DECIMAL(5,2)", "money": "DECIMAL(22,12)", "whole": "DECIMAL(38,0)",
                        "fine": "DECIMAL(38,18)"},
           of({"small": digits(5, 2), "money": digits(22, 12), "whole": digits(38, 0),
               "fine": digits(38, 18)})),
    Schema("numbers", {"i8": "TINYINT", "i16": "SMALLINT", "i32": "INTEGER", "i64": "BIGINT",
                       "f32": "FLOAT", "f64": "DOUBLE", "flag": "BOOLEAN"},
           of({"i8": pick((-128, 0, 127)), "i16": pick((-32768, 7, 32767)),
               "i32": pick((-2**31, 1, 2**31 - 1)), "i64": pick((-2**63, 5, 2**63 - 1)),
               "f32": pick((0.5, -1.25, 3e38)), "f64": pick((1e-300, -0.1, 1.7e308)),
               "flag": pick((True, False))})),
    Schema("moments", {"at": "TIMESTAMP", "day": "DATE"},
           of({"at": pick(MOMENTS), "day": pick(("1969-12-31", "2024-02-29", "9999-12-31"))})),
    Schema("instants", {"at": "TIMESTAMPTZ"},
           of({"at": pick(("1969-12-31T23:59:59.999999Z", "2024-02-29T12:00:00.123456+02:00",
                           "2024-10-27T01:30:00Z"))})),
    Schema("texts", {"text": "VARCHAR", "größe": "VARCHAR", "名前": "VARCHAR"},
           of({"text": pick(TEXTS), "größe": pick(TEXTS[::-1]), "名前": lambda n: "x" * (n * 40)})),
    Schema("binary", {"raw": "BLOB"}, of({"raw": pick(BYTES)})),
    Schema("nested", {"s": "STRUCT(a INTEGER, b STRUCT(c VARCHAR, d DECIMAL(10,2), \"at\" TIMESTAMP))"},
           lambda _, n: {"a": n, "b": None if n % 3 == 0 else
                         {"c": TEXTS[n % len(TEXTS)], "d": digits(10, 2)(n),
                          "at": MOMENTS[n % len(MOMENTS)]}}),
    Schema("lists", {"l": "BIGINT[]", "ll": "VARCHAR[][]", "objects": "STRUCT(a INTEGER, b VARCHAR[])[]"},
           of({"l": lambda n: [n, None, -n][:n % 4], "ll": lambda n: [["a", None], [], None][:n % 4],
               "objects": lambda n: [{"a": n, "b": ["x"]}, None, {"a": None, "b": None}][:n % 4]})),
    Schema("maps", {"m": "MAP(VARCHAR, BIGINT)", "objects": "MAP(VARCHAR, STRUCT(x INTEGER))"},
           of({"m": lambda n: {f"k {key}": None if key == 1 else n for key in range(n % 4)},
               "objects": lambda n: {"k": None if n % 3 == 0 else {"x": n}}})),
    Schema("folders", {"k": "VARCHAR", "v": "BIGINT"}, of({"k": pick(FOLDERS), "v": lambda n: n}),
           partition_by=("k",)),
    Schema("typed_folders", {"day": "DATE", "n": "INTEGER", "flag": "BOOLEAN", "c": "DECIMAL(20,4)",
                             "at": "TIMESTAMP", "v": "VARCHAR"},
           of({"day": pick(("1969-12-31", "2024-02-29")), "n": pick((-1, 2)), "flag": pick((True, False)),
               "c": pick(("1.2345", "-0.0001")), "at": pick(MOMENTS[:2]), "v": pick(TEXTS)}),
           partition_by=("day", "n", "flag", "c", "at")),
    # More than the 32 columns that have statistics.
    Schema("wide", {f"c{n}": ("BIGINT", "VARCHAR", "DOUBLE", "BOOLEAN")[n % 4] for n in range(48)},
           wide_value),
)
