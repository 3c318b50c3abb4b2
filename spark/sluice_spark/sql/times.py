"""Dates, times and intervals."""

from sqlglot import exp

from ..types import TIMES, Type
from .casts import time_constant
from .dialects import refuse
from .registry import special
from .time_patterns import java_pattern
from .values import Value, build, call, cast, literal_text, text

BIGINT, DOUBLE, DATE = Type("BIGINT"), Type("DOUBLE"), Type("DATE")
TIMESTAMP, INSTANT, INTERVAL = Type("TIMESTAMP"), Type("TIMESTAMPTZ"), Type("INTERVAL")
PARTS = {
    "year": "year(_1)", "month": "month(_1)", "day": "day(_1)", "hour": "hour(_1)", "minute": "minute(_1)",
    "second": "second(_1)", "quarter": "quarter(_1)", "week": "weekofyear(_1)", "weekofyear": "weekofyear(_1)",
    "dow": "dayofweek(_1) - 1", "dayofweek": "dayofweek(_1) - 1", "weekday": "dayofweek(_1) - 1",
    "isodow": "weekday(_1) + 1", "doy": "dayofyear(_1)", "dayofyear": "dayofyear(_1)",
    "isoyear": "extract(YEAROFWEEK FROM _1)", "yearofweek": "extract(YEAROFWEEK FROM _1)",
    "dayofmonth": "day(_1)",
    "decade": "year(_1) div 10",
    "millisecond": "CAST(extract(SECOND FROM _1) * 1000 AS BIGINT)",
    "microsecond": "CAST(extract(SECOND FROM _1) * 1000000 AS BIGINT)",
}
PLURALS = {name + "s": name for name in ("year", "month", "day", "hour", "minute", "second", "quarter", "week",
                                         "millisecond", "microsecond", "decade")}
SHORT = {"y": "year", "yr": "year", "mon": "month", "mons": "month", "d": "day", "h": "hour", "hr": "hour",
         "hrs": "hour", "m": "minute", "min": "minute", "mins": "minute", "s": "second", "sec": "second",
         "secs": "second", "ms": "millisecond", "msec": "millisecond", "us": "microsecond", "usec": "microsecond"}
UNITS = ("microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")
START = "TIMESTAMP_NTZ '1970-01-01 00:00:00'"


def unit_name(written):
    written = written.lower()
    return SHORT.get(written, PLURALS.get(written, written))


def constant_unit(node, argument):
    written = literal_text(argument.node)
    if written is None:
        refuse(node, f"the unit of {node.name.lower()} must be a constant on the Spark engine")
    return unit_name(written)


def part_of(context, node, field, value):
    """extract(field FROM value)"""
    name = unit_name(field)
    if name == "epoch":
        return epoch(context, node, [value])
    if name not in PARTS or value.type.name == "INTERVAL":
        refuse(node, f"the Spark engine cannot take {field} out of a time or an interval")
    return Value(build(PARTS[name], value.node), BIGINT)


@special("date_part", "datepart")
def date_part(context, node, arguments):
    return part_of(context, node, constant_unit(node, arguments[0]), arguments[1])


@special("millisecond", "microsecond", "decade", "epoch_part")
def part_call(context, node, arguments):
    return part_of(context, node, node.name.lower(), arguments[0])


# ---- arithmetic

def arithmetic(node, left, right):
    """+ and - where one side is a date or a time."""
    names = (left.type.name, right.type.name)
    minus = isinstance(node, exp.Sub)
    if minus and names == ("DATE", "DATE"):
        return Value(cast(call("datediff", left.node, right.node), "BIGINT"), BIGINT)
    if names[0] == "DATE" and right.type.is_integer:
        return Value(call("date_sub" if minus else "date_add", left.node, right.node), DATE)
    if names[1] == "DATE" and left.type.is_integer:
        return Value(call("date_add", right.node, left.node), DATE)
    if "INTERVAL" in names:
        for side in (left, right):
            if side.type.name == "DATE":  # a TIMESTAMP in DuckDB, a DATE or an instant in Spark
                side.node.replace(cast(side.node.copy(), "TIMESTAMP_NTZ"))
                return Value(node, TIMESTAMP)
        return Value(node, left.type if left.type.name in TIMES else right.type)
    if minus and names[0] in TIMES and names[1] in TIMES:
        if "DATE" in names:
            side = left if names[0] == "DATE" else right
            side.node.replace(cast(side.node.copy(), "TIMESTAMP_NTZ"))
        return Value(node, INTERVAL)
    return Value(node)


@special("date_add", "date_sub")
def add_days(context, node, arguments):
    name = node.name.lower()
    if len(arguments) == 3:
        return whole_units(context, node, arguments)
    value, count = arguments
    if count.type.name == "INTERVAL":
        start = cast(value.node, "TIMESTAMP_NTZ") if value.type.name == "DATE" else value.node
        return Value(build("_1 + _2", start, count.node), TIMESTAMP if value.type.name == "DATE" else value.type)
    return Value(call(name, value.node, count.node), DATE)


@special("datediff", "date_diff")
def boundaries(context, node, arguments):
    """How many beginnings of a unit lie between; of two arguments Spark's days."""
    if len(arguments) == 2:
        return Value(call("datediff", *(one.node for one in arguments)), BIGINT)
    unit = constant_unit(node, arguments[0])
    if unit not in UNITS:
        refuse(node, f"the Spark engine has no unit {unit}")
    start, end = arguments[1].node, arguments[2].node
    if unit == "day":
        return Value(cast(call("datediff", end, start), "BIGINT"), BIGINT)
    if unit != "microsecond":
        start, end = (build(f"date_trunc('{unit.upper()}', _1)", one) for one in (start, end))
    return Value(build(f"timestampdiff({unit.upper()}, _1, _2)", start, end), BIGINT)


@special("datesub")
def whole_units(context, node, arguments):
    unit = constant_unit(node, arguments[0])
    if unit not in UNITS:
        refuse(node, f"the Spark engine has no unit {unit}")
    return Value(build(f"timestampdiff({unit.upper()}, _1, _2)", arguments[1].node, arguments[2].node), BIGINT)


@special("date_trunc", "datetrunc")
def truncate(context, node, arguments):
    unit, value = constant_unit(node, arguments[0]), arguments[1]
    if unit not in UNITS:
        refuse(node, f"the Spark engine cannot cut a time to its {unit}")
    if value.type.name == "INTERVAL":
        refuse(node, "date_trunc of an INTERVAL is not possible on the Spark engine")
    if is_event_time(context, node, arguments[1].node) and unit in SECONDS:
        shift = [text(f"1 {unit}"), text("4 days")] if unit == "week" else []  # 1970 began on a Thursday
        made = call("window", value.node, text(f"1 {unit}"), *shift)
        return Value(exp.Dot(this=made, expression=exp.to_identifier("start")), value.type)
    made = call("date_trunc", text(unit.upper()), value.node)
    if value.type.name == "DATE":
        if unit in ("week", "month", "quarter", "year"):
            made = call("trunc", value.node, text(unit.upper()))
        return Value(cast(made, "TIMESTAMP_NTZ"), TIMESTAMP)
    if value.type.name == "TIMESTAMPTZ":
        return Value(made, INSTANT)
    return Value(cast(made, "TIMESTAMP_NTZ"), TIMESTAMP)


def is_event_time(context, node, column):
    """A column with a watermark, in a query with groups: only a window of it becomes final in Spark."""
    select = node.find_ancestor(exp.Select)
    return (select is not None and select.args.get("group") is not None and isinstance(column, exp.Column)
            and column.name.lower() in context.event_times)


# ---- numbers and times

@special("epoch")
def epoch(context, node, arguments):
    value = arguments[0]
    if value.type.name == "INTERVAL":
        pair = value.node
        while isinstance(pair, exp.Paren):
            pair = pair.this
        if not isinstance(pair, exp.Sub):
            refuse(node, "epoch of an INTERVAL is possible of the difference of two times on the Spark engine")
        return Value(build("timestampdiff(MICROSECOND, _1, _2) / 1e6", pair.expression, pair.this), DOUBLE)
    return Value(build("_1 / 1e6", micros(context, value)), DOUBLE)


def micros(context, value):
    """Since 1970; of a time without a zone as if it were UTC."""
    if value.type.name == "TIMESTAMPTZ":
        return call("unix_micros", value.node)
    if context.zone == "UTC":
        return call("unix_micros", cast(value.node, "TIMESTAMP"))
    return build(f"timestampdiff(MICROSECOND, {START}, _1)", value.node)


@special("epoch_us", "epoch_ms", "epoch_ns")
def epoch_units(context, node, arguments):
    value, name = arguments[0], node.name.lower()
    if value.type.is_number:
        if name != "epoch_ms":
            refuse(node, f"{name} of a number is not possible on the Spark engine: write make_timestamp(us)")
        return Value(build(f"timestampadd(MILLISECOND, _1, {START})", value.node), TIMESTAMP)
    found = micros(context, value)
    if name == "epoch_ms":
        found = build("floor(_1 / 1000)", found) if context.zone != "UTC" else call("unix_millis", found.expressions[0])
    return Value(found if name != "epoch_ns" else build("_1 * 1000", found), BIGINT)


@special("unix_seconds", "unix_millis", "unix_micros", "unix_date")
def since_1970(context, node, arguments):
    """Spark's take an instant, or a DATE, only."""
    value, name = arguments[0], node.name.lower()
    wanted = ("DATE", "DATE") if name == "unix_date" else ("TIMESTAMPTZ", "TIMESTAMP")
    given = value.node if value.type.name == wanted[0] else cast(value.node, wanted[1])
    return Value(call(name, given), BIGINT)


@special("make_timestamp", "make_timestamp_ms")
def make_timestamp(context, node, arguments):
    if len(arguments) != 1:
        return None
    unit = "MILLISECOND" if node.name.lower().endswith("ms") else "MICROSECOND"
    return Value(build(f"timestampadd({unit}, _1, {START})", arguments[0].node), TIMESTAMP)


@special("make_timestamptz")
def make_instant(context, node, arguments):
    if len(arguments) == 1:
        return Value(call("timestamp_micros", arguments[0].node), INSTANT)
    return Value(call("make_timestamp", *(one.node for one in arguments)), INSTANT)


@special("strftime")
def strftime(context, node, arguments):
    value, pattern = arguments
    if value.type.name == "VARCHAR" and pattern.type.name in TIMES:
        value, pattern = pattern, value
    return Value(call("date_format", value.node, text(java_pattern(node, pattern.node, parsing=False))),
                 Type("VARCHAR"))


@special("strptime", "try_strptime")
def strptime(context, node, arguments):
    pattern = java_pattern(node, arguments[1].node, parsing=True)
    name = "try_to_timestamp" if node.name.lower().startswith("try") else "to_timestamp"
    made = call(name, arguments[0].node, text(pattern))
    return Value(made if "X" in pattern else cast(made, "TIMESTAMP_NTZ"), INSTANT if "X" in pattern else TIMESTAMP)


def at_zone(context, node, value, zone):
    """A time at a zone's clock as an instant, and an instant as what that clock shows."""
    session = text(context.zone)
    if value.type.name == "TIMESTAMPTZ":
        if literal_text(zone.node) == context.zone:
            return Value(cast(value.node, "TIMESTAMP_NTZ"), TIMESTAMP)
        made = build("convert_timezone(_1, _2, CAST(_3 AS TIMESTAMP_NTZ))", session, zone.node, value.node)
        return Value(made, TIMESTAMP)
    if value.type.name not in ("TIMESTAMP", "DATE"):
        refuse(node, "AT TIME ZONE of a value whose type is not known: cast it to TIMESTAMP or TIMESTAMPTZ")
    if literal_text(zone.node) == context.zone:
        return Value(cast(value.node, "TIMESTAMP"), INSTANT)
    made = build("CAST(convert_timezone(_1, _2, _3) AS TIMESTAMP)", zone.node, session, value.node)
    return Value(made, INSTANT)


@special("timezone")
def timezone(context, node, arguments):
    return at_zone(context, node, arguments[1], arguments[0])


# ---- windows of the event time

def window_type(value):
    kind = value.type
    if kind.name == "STRUCT" and kind.parts:
        kind = kind.parts[-1][1]
    return Type("STRUCT", (("start", kind), ("end", kind)))


@special("window", "session_window")
def window(context, node, arguments):
    if context.zone != "UTC" and arguments[0].type.name == "TIMESTAMP":
        context.note(f"windows of an event time begin at UTC's midnight in Spark, not at that of {context.zone}")
    nodes = [arguments[0].node, *(duration(one.node) for one in arguments[1:])]
    return Value(call(node.name.lower(), *nodes), window_type(arguments[0]))


def duration(node):
    """Spark takes the text; INTERVAL 10 MINUTE as '10 MINUTE'."""
    if isinstance(node, exp.Interval):
        unit = node.args.get("unit")
        return text(node.this.name + (f" {unit.name.lower()}" if unit is not None else ""))
    return node


@special("window_time")
def window_time(context, node, arguments):
    kind = arguments[0].type
    return Value(call("window_time", arguments[0].node), kind.parts[-1][1] if kind.parts else TIMESTAMP)


SECONDS = {"microsecond": 1e-6, "millisecond": 1e-3, "second": 1, "minute": 60, "hour": 3600, "day": 86400,
           "week": 604800}
DAYS_TO_2000 = 10959  # from 1970-01-01 to Monday 2000-01-03, where DuckDB's buckets begin


@special("time_bucket")
def time_bucket(context, node, arguments):
    """In GROUP BY the start of Spark's window, so that groups close; elsewhere Spark's time_bucket, since rows without
    a time are in no window. Both begin in 1970."""
    width, value = arguments[0].node, arguments[1]
    size = duration(width) if isinstance(width, exp.Interval) else width
    written = (literal_text(size) or "").split()
    if len(written) != 2 or unit_name(written[1]) not in SECONDS or len(arguments) > 2:
        refuse(node, "time_bucket takes a constant width up to weeks, such as INTERVAL 10 MINUTE, on the Spark engine")
    seconds = float(written[0]) * SECONDS[unit_name(written[1])]
    shift = DAYS_TO_2000 * 86400 % seconds
    select = node.find_ancestor(exp.Select)
    if select is None or select.args.get("group") is None:
        width = exp.Interval(this=text(written[0]), unit=exp.var(unit_name(written[1]).upper()))
        if not shift:
            return Value(call("time_bucket", width, value.node), value.type)
        instant = value.type.name == "TIMESTAMPTZ"
        begin = "2000-01-03 00:00:00" + ("Z" if instant else "")
        start = time_constant(text(begin), INSTANT if instant else TIMESTAMP)
        given = value.node if instant else cast(value.node, "TIMESTAMP_NTZ")
        return Value(call("time_bucket", width, given, start), value.type)
    context.note("rows whose time is NULL are in no time_bucket in Spark")
    nodes = [value.node, text(" ".join(written))]
    if shift:
        nodes += [text(" ".join(written)), text(f"{shift:g} seconds")]
    return Value(exp.Dot(this=call("window", *nodes), expression=exp.to_identifier("start")), value.type)

