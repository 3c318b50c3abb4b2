#!/usr/bin/env python3
"""Compares what the invoice pipeline has written with its input, by plain DuckDB SQL over the CSV.

    examples/invoices/verify.py INPUT.csv FOLDER

FOLDER is the pipeline's DEMO_DIR. Needs the Python packages duckdb and deltalake; knows nothing of
sluice. Prints a table; exit code 1 when a figure differs in a single digit.
"""

import sys
from pathlib import Path

COLUMNS = {
    "invoice_ID": "BIGINT", "invoice_Date": "VARCHAR", "SellerID": "INTEGER", "BuyerID": "INTEGER",
    "ProductID": "INTEGER", "Quantity": "INTEGER", "TotalSales": "DECIMAL(22,12)",
    "TotalTax": "DECIMAL(22,12)", "PaymentType": "VARCHAR",
}

# What the pipeline file says, said again in plain SQL.
TYPED = ", ".join(f"TRY_CAST({name} AS {type_}) AS {name}" for name, type_ in COLUMNS.items())
DECODES = " AND ".join(f"({name} IS NULL OR TRY_CAST({name} AS {type_}) IS NOT NULL)"
                       for name, type_ in COLUMNS.items())
CLEANED = """
    SELECT * EXCLUDE (decodes)
             REPLACE (CAST(try_strptime(invoice_Date, '%d/%m/%Y') AS DATE) AS invoice_Date)
    FROM input
    WHERE decodes AND try_strptime(invoice_Date, '%d/%m/%Y') IS NOT NULL AND TotalSales > 0"""
TOTALS = """SELECT SellerID, sum(TotalSales) AS TotalSales, sum(TotalTax) AS TotalTax
            FROM {table} GROUP BY SellerID"""


def define_input(duck, csv):
    """The tables `input` (the CSV, typed) and `expected` (its rows, cleaned)."""
    duck.execute(f"CREATE TABLE input AS SELECT {TYPED}, {DECODES} AS decodes FROM "
                 f"read_csv('{csv}', header=true, all_varchar=true, delim=',')")
    duck.execute(f"CREATE TABLE expected AS {CLEANED}")


def define_landed(duck, folder):
    """The tables delta, parquet, csv and dead_letter, as other tools read them."""
    from deltalake import DeltaTable

    duck.register("delta", DeltaTable(str(folder / "delta")).to_pyarrow_table())
    duck.execute(f"CREATE TABLE parquet AS SELECT * FROM read_parquet('{folder}/parquet/*.parquet')")
    types = ", ".join(f"'{name}': '{'DATE' if name == 'invoice_Date' else type_}'"
                      for name, type_ in COLUMNS.items())
    duck.execute("CREATE TABLE csv AS SELECT * FROM "
                 f"read_csv('{folder}/csv/*.csv', header=true, columns={{{types}}})")
    letters = sorted(map(str, (folder / "dead_letter").glob("*.parquet")))
    duck.execute("CREATE TABLE dead_letter (reason VARCHAR)" if not letters else
                 f"CREATE TABLE dead_letter AS SELECT * FROM read_parquet({letters})")


def value(duck, select):
    return duck.execute(select).fetchone()[0]


def difference(duck, table):
    """The number of rows that are in one of the two tables only, doubles counted."""
    return value(duck, f"""
        SELECT (SELECT count(*) FROM (FROM expected EXCEPT ALL FROM {table}))
             + (SELECT count(*) FROM (FROM {table} EXCEPT ALL FROM expected))""")


def totals_differ(duck, table):
    ours, theirs = TOTALS.format(table=table), TOTALS.format(table="expected")
    return value(duck, f"""SELECT (SELECT count(*) FROM (({ours}) EXCEPT ({theirs})))
                                + (SELECT count(*) FROM (({theirs}) EXCEPT ({ours})))""")


def line(name, cells):
    print(f"  {name:<12}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, (8, 26, 25, 4)))
          + ("   " + cells[4] if len(cells) > 4 else ""))


def sums(duck, table):
    return [str(cell) for cell in duck.execute(
        f"SELECT count(*), sum(TotalSales), sum(TotalTax) FROM {table}").fetchone()]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    import duckdb

    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    define_input(duck, sys.argv[1])
    define_landed(duck, Path(sys.argv[2]))

    rows = value(duck, "SELECT count(*) FROM input")
    undecodable = value(duck, "SELECT count(*) FROM input WHERE NOT decodes")
    letters = value(duck, "SELECT count(*) FROM dead_letter")
    expected = value(duck, "SELECT count(*) FROM expected")

    line("", ["rows", "sum of TotalSales", "sum of TotalTax"])
    line("CSV by SQL", sums(duck, "expected"))
    wrong = 0
    for table in ("delta", "parquet", "csv"):
        bad = difference(duck, table) + totals_differ(duck, table)
        line(table, sums(duck, table) + ["", "equal, row by row" if not bad else f"DIFFERS: {bad}"])
        wrong += bad
    print(f"\n  {rows} rows in = {expected} landed + {rows - undecodable - expected} cleaned away"
          f" + {letters} dead letters")
    if letters != undecodable:
        print(f"  DIFFERS: {undecodable} rows of the CSV do not fit the schema")
        wrong += 1
    for reason, column, count in duck.execute(
            "SELECT reason, coalesce(column_name, ''), count(*) FROM dead_letter GROUP BY ALL "
            "ORDER BY 3 DESC, 1").fetchall() if letters else []:
        print(f"    {count:>4}  {column}: {reason}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
