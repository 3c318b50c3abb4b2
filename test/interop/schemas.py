"""Tables of many shapes: their columns, and rows for them as JSON. Every fifth row is NULL but for its
`id`; the same `id` and `turn` give the same row."""

from dataclasses import dataclass, field

ADDED = ("added", "STRUCT(x BIGINT, y VARCHAR)")
MOMENTS = ("1969-12-31 23:59:59.999999", "2024-02-29 12:00:00.123456", "2262-04-11 23:47:16",
           "0001-01-01 00:00:00.000001")
TEXTS = ("plain", "", "größer als 名前 🚰", 'a "quoted", b', "line\nbreak\ttab", "\\back\\", "'", "NULL")
FOLDERS = ("a b", "50%", "x:y", "größe 🚰", "k=v/w", "a+b&c#d?", "'q'", "\"")
WIDE = 132  # the rows before are appended before any column is wider
BYTES = ("", "AA==", "AAECAwT/", "w7xubsOkbWVk")


@dataclass(frozen=True)
class Schema:
    """`columns`: name -> SQL type, without `id`; `value(column, n)`: what row n holds, as JSON; `wider`:
    types that the later runs have, whose values begin with row WIDE."""

    name: str
    columns: dict
    value: callable
    partition_by: tuple = ()
    wider: dict = field(default_factory=dict)

    @property
    def types(self):
        return {"id": "BIGINT", **self.columns}

    @property
    def wide_types(self):
        return {**self.types, **self.wider}

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


def widening(narrow, wide):
    return lambda n: (wide if n >= WIDE else narrow)(n)


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
    # Column mapping.
    Schema("names", {"a b": "VARCHAR", "x,y;{}()=": "DECIMAL(20,4)", "tab\tbed": "INTEGER",
                     "s": "STRUCT(\"in (side)\" INTEGER, l STRUCT(\"k=v\" VARCHAR)[])",
                     "m m": "MAP(VARCHAR, STRUCT(\"v v\" BIGINT))", "p q": "VARCHAR"},
           of({"a b": pick(TEXTS), "x,y;{}()=": digits(20, 4), "tab\tbed": lambda n: n,
               "s": lambda n: {"in (side)": n, "l": [{"k=v": "x"}, None][:n % 3]},
               "m m": lambda n: {"k": {"v v": n}}, "p q": pick(FOLDERS[:3])}),
           partition_by=("p q",)),
    # Type widening.
    Schema("widened", {"i8": "TINYINT", "i16": "SMALLINT", "i32": "INTEGER", "f": "FLOAT", "d": "INTEGER",
                       "m": "DECIMAL(5,2)", "n": "SMALLINT", "day": "DATE", "l": "SMALLINT[]",
                       "s": "STRUCT(a INTEGER, b MAP(VARCHAR, REAL))"},
           of({"i8": widening(lambda n: n % 100, lambda n: n * 100),
               "i16": widening(lambda n: n, lambda n: n * 100_000),
               "i32": widening(lambda n: -n, lambda n: n * 10**12),
               "f": widening(lambda n: n / 4, lambda n: n / 10), "d": widening(lambda n: n, lambda n: n / 8),
               "m": widening(digits(5, 2), digits(12, 5)), "n": widening(lambda n: n, digits(20, 6)),
               "day": widening(lambda _: "2024-02-29", lambda _: "2024-02-29 12:00:00.123456"),
               "l": widening(lambda n: [n, None], lambda n: [n * 10**10]),
               "s": widening(lambda n: {"a": n, "b": {"k": n / 2}},
                             lambda n: {"a": n * 10**11, "b": {"k": n / 10}})}),
           wider={"i8": "SMALLINT", "i16": "INTEGER", "i32": "BIGINT", "f": "DOUBLE", "d": "DOUBLE",
                  "m": "DECIMAL(12,5)", "n": "DECIMAL(20,6)", "day": "TIMESTAMP", "l": "BIGINT[]",
                  "s": "STRUCT(a BIGINT, b MAP(VARCHAR, DOUBLE))"}),
    # More than the 32 columns that have statistics.
    Schema("wide", {f"c{n}": ("BIGINT", "VARCHAR", "DOUBLE", "BOOLEAN")[n % 4] for n in range(48)},
           wide_value),
)
