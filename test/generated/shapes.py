"""Pipelines made at random, each with the plain DuckDB query that must give the same rows.

The rows of a source are in DuckDB as a table of its name with the columns below and `batch`. The
watermarks are in `marks`: the batch, `late` (the watermark of the batch before, by which its rows
are late) and, in `final`, the last one, by which windows are final.
"""

COLUMNS = {"k": "VARCHAR", "j": "INTEGER", "t": "TIMESTAMP", "v": "INTEGER", "d": "DECIMAL(10,2)",
           "b": "BOOLEAN", "l": "INTEGER[]"}
BASE = "TIMESTAMP '2024-01-01 00:00:00'"

AGGREGATES = ["count(*)", "count(v)", "sum(v)", "sum(d)", "min(v)", "max(d)", "min(t)", "max(k)",
              "avg(v)", "bool_and(b)", "bool_or(b)", "count_if(b)", "bit_xor(v)", "min(d * 2)",
              "sum(CASE WHEN b THEN v ELSE 0 END)", "sum(v) FILTER (WHERE b)",
              "count(*) FILTER (WHERE v > 0)", "sum(v) + count(*)", "max(v) - min(v)"]
CONDITIONS = ["v > 0", "k <> 'b'", "b", "d < 20", "k IS NOT NULL", "v % 3 <> 1",
              "k IN ('a', 'c')", "coalesce(j, 1) = 1", "d BETWEEN -20 AND 30"]
EXPRESSIONS = ["k", "v + 1", "d * 2", "upper(k)", "coalesce(v, -1)", "CASE WHEN b THEN 'y' ELSE 'n' END",
               "t + INTERVAL 1 HOUR", "nvl(k, 'none')", "v % 7", "length(k)", "j", "d"]
KEYS = ["k", "j", "b", "v % 3", "coalesce(k, '?')", "d > 0"]


class Shape:
    """A pipeline: its views and mode, and `query`, which gives the expected rows. `delay` is that of the
    watermark; where a view has it, `measured` is the condition of the rows that reach that view."""

    def __init__(self, mode, views, query, delay=None):
        self.mode, self.views, self.query, self.delay = mode, views, query, delay
        self.measured, self.can_move = None, False

    def move_watermark(self, number):
        """From the source to a view, below which some rows are dropped."""
        self.measured = CONDITIONS[number % len(CONDITIONS)]
        rows = f"SELECT * FROM events WHERE {self.measured}"
        timed = {"sql": rows, "watermark": {"column": "t", "delay": f"{self.delay}s"}}
        self.views = {"timed": timed, "out": self.views["out"].replace("FROM events", "FROM timed", 1)}
        self.query = self.query.replace("FROM events e", f"FROM ({rows}) e", 1)


def make(chance):
    return chance.choice([project, aggregate, aggregate_update, tumbling, tumbling, sliding, buckets,
                          whole_windows, sessions, distinct, with_values, two_levels, top, union,
                          unnested, through_views, join, join, three_streams])(chance)


def condition(chance):
    return " AND ".join(chance.sample(CONDITIONS, chance.randint(1, 2)))


def where(chance):
    return f" WHERE {condition(chance)}" if chance.random() < 0.5 else ""


def aliased(expressions, prefix):
    return [f"{text} AS {prefix}{number}" for number, text in enumerate(expressions)]


def aggregates(chance):
    return aliased(chance.sample(AGGREGATES, chance.randint(1, 4)), "a")


def project(chance):
    items = aliased(chance.sample(EXPRESSIONS, chance.randint(1, 4)), "x")
    sql = f"SELECT {', '.join(items)} FROM events{where(chance)}"
    return Shape("append", {"out": sql}, sql)


def grouped(chance):
    keys = chance.sample(KEYS, chance.randint(0, 2))
    items = aliased(keys, "g") + aggregates(chance)
    text = f"SELECT {', '.join(items)} FROM events{where(chance)}"
    if keys:
        text += " GROUP BY " + ", ".join(keys if chance.random() < 0.5
                                         else [str(n + 1) for n in range(len(keys))])
    return text, len(keys)


def aggregate(chance):
    sql, keys = grouped(chance)
    if keys and chance.random() < 0.3:
        sql += " HAVING count(*) > 1"
    return Shape("complete", {"out": sql}, sql)


def aggregate_update(chance):
    sql, keys = grouped(chance)
    return Shape("update", {"out": sql}, (sql, keys))


def window_shape(chance, call, starts, width):
    """A windowed aggregate in append mode. `starts`: SQL of a list of a row's window starts."""
    keys = chance.sample(KEYS, chance.randint(0, 2))
    items = aggregates(chance)
    condition_text = where(chance)
    delay = chance.choice([0, 3, 10, 30])
    select = ", ".join(["epoch_us(window.start) AS w", *aliased(keys, "g"), *items])
    view = f"SELECT {select} FROM events{condition_text} GROUP BY {', '.join([call, *keys])}"
    rows = (f"SELECT e.* EXCLUDE (batch), unnest({starts}) AS ws, m.late FROM events e "
            f"JOIN marks m USING (batch) WHERE t IS NOT NULL")
    kept = (f"SELECT * FROM ({rows}) WHERE ws + {width} > t "
            f"AND (late IS NULL OR ws + {width} > late)")
    query = (f"SELECT {', '.join(['epoch_us(ws) AS w', *aliased(keys, 'g'), *items])} FROM ({kept})"
             f"{condition_text} GROUP BY {', '.join(['ws', *keys])} "
             f"HAVING ws + {width} <= (SELECT final FROM final)")
    shape = Shape("append", {"out": view}, query, delay)
    shape.can_move = True
    return shape


def tumbling(chance):
    size = chance.choice([5, 10, 60])
    shift = chance.choice([0, 0, 2])
    call = f"window(t, '{size} seconds', '{size} seconds', '{shift} seconds')" if shift else \
        f"window(t, '{size} seconds')"
    starts = f"[time_bucket(INTERVAL {size} SECOND, t, TIMESTAMP '1970-01-01 00:00:0{shift}')]"
    return window_shape(chance, call, starts, f"INTERVAL {size} SECOND")


def sliding(chance):
    size, slide = chance.choice([(10, 5), (10, 4), (60, 20), (7, 3)])
    starts = (f"[time_bucket(INTERVAL {slide} SECOND, t, TIMESTAMP '1970-01-01') "
              f"- INTERVAL (n * {slide}) SECOND for n in range({-(-size // slide)})]")
    return window_shape(chance, f"window(t, '{size} seconds', '{slide} seconds')", starts,
                        f"INTERVAL {size} SECOND")


def buckets(chance):
    shape = window_shape(chance, "time_bucket(INTERVAL 10 SECOND, t)",
                         "[time_bucket(INTERVAL 10 SECOND, t)]", "INTERVAL 10 SECOND")
    shape.views["out"] = shape.views["out"].replace(
        "epoch_us(window.start)", "epoch_us(time_bucket(INTERVAL 10 SECOND, t))")
    if "WHERE" in shape.views["out"]:
        shape.views["out"] = shape.views["out"].replace(" WHERE ", " WHERE t IS NOT NULL AND ", 1)
    else:
        shape.views["out"] = shape.views["out"].replace("FROM events", "FROM events WHERE t IS NOT NULL")
    return shape


def whole_windows(chance):
    items = ", ".join(aggregates(chance))
    view = f"SELECT epoch_us(window.end) AS w, k, {items} FROM events GROUP BY window(t, '20 seconds'), k"
    query = (f"SELECT epoch_us(ws + INTERVAL 20 SECOND) AS w, k, {items} FROM (SELECT *, "
             "time_bucket(INTERVAL 20 SECOND, t, TIMESTAMP '1970-01-01') AS ws FROM events "
             "WHERE t IS NOT NULL) GROUP BY ws, k")
    return Shape("complete", {"out": view}, query, chance.choice([None, 0, 10]))


def sessions(chance):
    gap = chance.choice([2, 5, 15])
    items = ", ".join(aggregates(chance))
    view = (f"SELECT epoch_us(session_window.start) AS s, epoch_us(session_window.end) AS e, k, {items} "
            f"FROM events GROUP BY session_window(t, '{gap} seconds'), k")
    query = (f"SELECT epoch_us(min(t)) AS s, epoch_us(max(t) + INTERVAL {gap} SECOND) AS e, k, {items} "
             "FROM (SELECT *, sum(first) OVER (PARTITION BY k ORDER BY t ROWS UNBOUNDED PRECEDING) "
             "AS session FROM (SELECT *, CASE WHEN t <= lag(t) OVER (PARTITION BY k ORDER BY t) + "
             f"INTERVAL {gap} SECOND THEN 0 ELSE 1 END AS first FROM events WHERE t IS NOT NULL)) "
             "GROUP BY k, session")
    return Shape("complete", {"out": view}, query)


def distinct(chance):
    items = chance.sample(["k", "j", "b", "v % 3 AS m", "d > 0 AS p"], chance.randint(1, 3))
    sql = f"SELECT DISTINCT {', '.join(items)} FROM events{where(chance)}"
    return Shape("append", {"out": sql}, sql)


def with_values(chance):
    kind = chance.choice(["JOIN", "LEFT JOIN"])
    names = "(VALUES ('a', 'ann', 1), ('b', 'bob', 2), ('c', NULL, 3), ('a', 'anna', 4)) AS n(k, name, x)"
    sql = f"SELECT e.k, e.v, n.name, n.x FROM events e {kind} {names} ON e.k = n.k{where_of_e(chance)}"
    if chance.random() < 0.5:
        return Shape("append", {"out": sql}, sql)
    total = "SELECT name, sum(v) AS v, count(*) AS n FROM named GROUP BY name"
    return Shape("complete", {"named": sql, "out": total}, total.replace("named", f"({sql})"))


def where_of_e(chance):
    return " WHERE e.v > 0" if chance.random() < 0.5 else ""


def two_levels(chance):
    inner = "SELECT k, j, sum(v) AS s, count(*) AS n FROM events GROUP BY k, j"
    outer = "SELECT k, max(s) AS m, sum(n) AS n, count(*) AS groups FROM inner_totals GROUP BY k"
    return Shape("complete", {"inner_totals": inner + where_having(chance), "out": outer}, None)


def where_having(chance):
    return " HAVING count(*) > 1" if chance.random() < 0.4 else ""


def top(chance):
    sql = ("SELECT k, j, sum(v) AS s FROM events GROUP BY k, j "
           f"ORDER BY s DESC NULLS LAST, k NULLS LAST, j NULLS LAST LIMIT {chance.randint(1, 4)}")
    return Shape("complete", {"out": sql}, sql)


def union(chance):
    both = (f"SELECT k, v FROM events WHERE {condition(chance)} UNION ALL "
            f"SELECT upper(k), j FROM events WHERE {condition(chance)}")
    if chance.random() < 0.5:
        return Shape("append", {"out": both}, both)
    return Shape("complete", {"joined": both, "out": "SELECT k, sum(v) AS v FROM joined GROUP BY k"}, None)


def unnested(chance):
    sql = "SELECT k, unnest(l) AS x FROM events" + where(chance)
    if chance.random() < 0.5:
        return Shape("append", {"out": sql}, sql)
    return Shape("complete", {"items": sql, "out": "SELECT x, count(*) AS n FROM items GROUP BY x"}, None)


def through_views(chance):
    views = {"kept": f"SELECT * FROM events WHERE {condition(chance)}",
             "named": "SELECT k AS key, j, v * 2 AS v, d, b, t FROM kept"}
    views["out"] = "SELECT key, sum(v) AS v, max(d) AS d, min(t) AS t FROM named GROUP BY key"
    return Shape("complete", views, None)


def sides(chance):
    """Views of two streams, and the columns of each with the bound that joins them."""
    views = {"l": "SELECT k, j, v, t FROM events" + where(chance),
             "r": "SELECT k AS rk, d AS rd, v AS rv, t AS rt FROM events" + where(chance)}
    before, after = chance.choice([(0, 0), (0, 5), (3, 10), (20, 0), (5, 60)])
    bound = (f"rt BETWEEN l.t - INTERVAL {before} SECOND AND l.t + INTERVAL {after} SECOND"
             if chance.random() < 0.7 else
             f"l.t <= rt + INTERVAL {before} SECOND AND rt - l.t <= INTERVAL {after} SECOND")
    extra = chance.choice(["", "", " AND rv > v", " AND j = 1"])
    return views, f"l.k = rk AND {bound}{extra}", before, after


def in_time(view, lag_ms=0):
    """The view over the rows that did not come too late for a join, which may wait for `lag_ms`."""
    rows = (f"(SELECT e.* FROM events e JOIN marks m USING (batch) WHERE t IS NULL OR late IS NULL "
            f"OR t + INTERVAL {lag_ms} MILLISECOND > late)")
    return view.replace("FROM events", f"FROM {rows}", 1)


def join(chance):
    views, condition_text, _, after = sides(chance)
    kind = chance.choice(["JOIN", "LEFT JOIN"])
    out = (f"SELECT l.k, v, epoch_us(t) AS t, rd, epoch_us(rt) AS rt FROM l {kind} r "
           f"ON {condition_text}")
    query = f"WITH l AS ({in_time(views['l'])}), r AS ({in_time(views['r'])}) {out}"
    if kind == "LEFT JOIN":
        # A row without a partner comes when none can come any more, a millisecond later as in Spark.
        query += (f" WHERE rt IS NOT NULL OR l.t IS NULL OR l.t + INTERVAL {after * 1000 + 1} "
                  "MILLISECOND <= (SELECT final FROM final)")
    return Shape("append", {**views, "out": out}, query, chance.choice([0, 3, 10, 30]))


def three_streams(chance):
    """In one SELECT; the third stream's rows are late when pairs cannot reach them any more."""
    views, condition_text, before, after = sides(chance)
    third = "SELECT k AS ck, v AS cv, t AS ct FROM events" + where(chance)
    out = (f"SELECT l.k, v, rv, cv, epoch_us(ct) AS ct FROM l JOIN r ON {condition_text} "
           "JOIN c ON ck = rk AND ct BETWEEN rt AND rt + INTERVAL 10 SECOND")
    query = (f"WITH l AS ({in_time(views['l'])}), r AS ({in_time(views['r'])}), "
             f"c AS ({in_time(third, max(before, after) * 1000 + 1)}) {out}")
    return Shape("append", {**views, "c": third, "out": out}, query, chance.choice([0, 3, 10, 30]))
