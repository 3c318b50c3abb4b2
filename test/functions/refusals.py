"""What a file must not say of functions, each with its place and what to write."""

from functions.place import appended, write_pipeline
from support.case import Case, Failure
from support.program import sluice

# functions, the view's SQL, what is said. Functions begin in line 10 of the file, SQL in line 13 of files with one function.
WRONG = {
    "neither": ("net: {args: [a]}", "SELECT id FROM sales", "10:3: function 'net' needs 'sql: EXPRESSION', 'python: FILE.py' or 'library: FILE.so'"),
    "both": ("net: {args: [a], sql: a, python: m.py}", "SELECT id FROM sales", "10:3: function 'net' has both 'sql' and 'python'"),
    "no_map": ("net: a + 1", "SELECT id FROM sales", "10:3: function 'net' must be a map"),
    "two_arguments": ("net: {args: [a, A], sql: a}", "SELECT id FROM sales", "function 'net' has two arguments 'A'"),
    "bad_argument": ("net: {args: [a b], sql: a}", "SELECT id FROM sales", "the argument 'a b' of function 'net' is not an identifier"),
    "unknown_option": ("net: {args: [a], sqll: a}", "SELECT id FROM sales", "did you mean 'sql'"),
    "unknown_name": ("net: {args: [a], sql: a + b}", "SELECT id FROM sales", "10:29: function net: there is no argument 'b'; it has: a"),
    "no_sql": ("net: {args: [a], sql: a +}", "SELECT id FROM sales", "function net: "),
    "two_expressions": ("net: {args: [a], sql: 'a, a'}", "SELECT id FROM sales", "is to be one SQL expression over its arguments"),
    "from": ("net: {args: [a], sql: a FROM sales}", "SELECT id FROM sales", "is to be one SQL expression over its arguments"),
    "subquery": ("net: {args: [a], sql: (SELECT max(id) FROM sales)}", "SELECT id FROM sales", "a subquery is not possible; it belongs into a view"),
    "star": ("net: {args: [a], sql: '*'}", "SELECT id FROM sales", "only its arguments can be named"),
    "over": ("net: {args: [a], sql: sum(a) OVER ()}", "SELECT id FROM sales", "OVER is not possible; it belongs into a view"),
    "itself": ("net: {args: [a], sql: net(a)}", "SELECT id FROM sales", "function net: calls itself"),
    "below": ("net: {args: [a], sql: gross(a)}\ngross: {args: [a], sql: a * 2}", "SELECT id FROM sales",
              "calls 'gross', which is below it in the file: put that one above it"),
    "name_of_duckdb": ("upper: {args: [a], sql: a}", "SELECT id FROM sales", "function 'upper' has the name of a function that DuckDB has"),
    "word_of_sql": ("overlay: {args: [a], sql: a}", "SELECT id FROM sales", "function 'overlay' is a reserved word of SQL"),
    "syntax_of_sql": ("coalesce: {args: [a], sql: a}", "SELECT id FROM sales", "function 'coalesce' has the name of a function that DuckDB has"),
    "aggregate_of_duckdb": ("sum: {args: [a], sql: a}", "SELECT id FROM sales", "function 'sum' has the name of a function that DuckDB has"),
    "name_of_spark": ("date_add: {args: [a], sql: a}", "SELECT id FROM sales", "function 'date_add' has the name of a function that"),
    "reserved": ("select: {args: [a], sql: a}", "SELECT id FROM sales", "is a reserved word of SQL"),
    "other_number": ("net: {args: [a, b], sql: a + b}", "SELECT id, net(id) AS n FROM sales", "13:16: view 'made': net() takes 2 arguments (a, b), not 1"),
    "none_wanted": ("net: {sql: 1}", "SELECT net(id) AS n FROM sales", "view 'made': net() takes 0 arguments, not 1"),
    "distinct": ("net: {args: [a], sql: a}", "SELECT net(DISTINCT id) AS n FROM sales", "view 'made': net() is a function of this file's own"),
    "over_of_call": ("net: {args: [a], sql: sum(a)}", "SELECT net(id) OVER () AS n FROM sales", "view 'made': net() is a function of this file's own"),
    "named_otherwise": ("net: {args: [a, b], sql: a + b}", "SELECT net(b := 1, a := 2) AS n FROM sales", "argument 1 of net() is 'a'; give them in this order"),
    "type": ("net: {args: {a: NUMBER}, sql: a}", "SELECT id FROM sales", "10:19: function 'net': "),
    "unknown_column": ("net: {args: [a], sql: a}", "SELECT net(nothing) AS n FROM sales", "13:16: view 'made': "),
    "python_untyped": ("net: {args: [a], returns: DOUBLE, python: m.py}", "SELECT id FROM sales", "its arguments need types: args: {a: VARCHAR}"),
    "python_returns": ("net: {args: {a: DOUBLE}, python: m.py}", "SELECT id FROM sales", "needs the type of what it gives: returns: DOUBLE"),
    "python_type": ("net: {args: {a: 'VARCHAR[]'}, returns: DOUBLE, python: m.py}", "SELECT id FROM sales", "cannot have a VARCHAR[]; there are: BOOLEAN"),
    "python_file": ("net: {args: {a: DOUBLE}, returns: DOUBLE, python: m.so}", "SELECT id FROM sales", "must be a file of Python"),
    "library_file": ("net: {args: {a: DOUBLE}, returns: DOUBLE, library: m.py}", "SELECT id FROM sales", "must be a shared library"),
    "library_gone": ("net: {args: {a: DOUBLE}, returns: DOUBLE, library: m.so}", "SELECT id FROM sales", "10:3: function 'net': there is no file m.so"),
    "library_untyped": ("net: {args: [a], returns: DOUBLE, library: m.so}", "SELECT id FROM sales", "its arguments need types"),
}


def cases():
    for name, (functions, sql, says) in WRONG.items():
        yield Case(f"refusals/{name}", lambda folder, functions=functions, sql=sql, says=says: refused(folder, functions, sql, says))


def refused(folder, functions, sql, says):
    write_pipeline(folder, functions, {"made": appended(sql, "made")})
    done = sluice("check", "pipeline.yaml", cwd=folder).must_exit(2)
    if says not in done.err:
        raise Failure(f"it does not say {says!r}\n{done.shown()}")
