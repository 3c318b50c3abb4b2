#!/usr/bin/env python3
"""Writes Fact_Invoice.csv: made-up invoices, the same ones for the same seed.

    examples/invoices/generate.py [--rows 12000] [--seed 1] [--dirty 0.003] [--start 1] [FILE]

Without FILE it writes to standard output. One row in some three hundred is dirty in one of the ways
of DIRT, as files from real shops are: the pipeline has to live with them, and to say where they went.
"""

import argparse
import random
import sys
from datetime import date, timedelta

HEADER = "invoice_ID,invoice_Date,SellerID,BuyerID,ProductID,Quantity,TotalSales,TotalTax,PaymentType"
SELLERS = (101, 117, 203, 254, 318, 375, 442, 467, 509, 586, 613, 690)
PAYMENTS = ("card", "cash", "transfer", "voucher")
TAX_PERCENT = (0, 7, 19)
FIRST_DAY = date(2023, 1, 1)
DAYS = [(FIRST_DAY + timedelta(days=n)).strftime("%d/%m/%Y") for n in range(730)]

# Column to spoil, and what is written there instead.
DIRT = (
    (7, "n/a"),                      # no number: does not decode
    (6, "12.50 EUR"),                # a number and more: does not decode
    (6, "99999999999999.5"),         # more digits than DECIMAL(22,12) holds: does not decode
    (5, "three"),                    # does not decode
    (2, "S-442"),                    # does not decode
    (1, "31/02/2024"),               # decodes, but there is no such day: cleaned away
    (1, ""),                         # no date at all: cleaned away
    (6, "-18.250000000000"),         # a credit note: cleaned away
)


def decimal(units, digits):
    """`units` of 10^-digits as text: decimal(12345, 3) is '12.345'."""
    whole, rest = divmod(units, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def invoices(rows, seed, dirty=0.0, start=1):
    """Yields the rows as lists of text. Amounts are whole numbers of 10^-12 until they are printed,
    so that nothing is rounded by a double."""
    random_ = random.Random(seed)
    pick = random_.random
    for number in range(start, start + rows):
        quantity = 1 + int(pick() * 9)
        # Most prices have two decimals, some have all twelve (a currency conversion, a discount).
        digits = 2 if pick() < 0.7 else 12
        sales = quantity * (int((0.5 + pick() * 400) * 10**digits) + 1)
        tax = sales * TAX_PERCENT[int(pick() * 3)]  # in 10^-(digits + 2)
        tax_digits = digits + 2 if digits == 2 else 12
        if digits == 12:
            tax //= 100
        row = [
            str(number),
            DAYS[int(pick() * len(DAYS))],
            str(SELLERS[int(pick() * pick() * len(SELLERS))]),
            str(1 + int(pick() * 5000)),
            str(1 + int(pick() * 800)),
            str(quantity),
            decimal(sales, digits),
            decimal(tax, tax_digits),
            PAYMENTS[int(pick() * len(PAYMENTS))],
        ]
        if dirty and pick() < dirty:
            column, text = DIRT[int(pick() * len(DIRT))]
            row[column] = text
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", help="where to write; default: standard output")
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dirty", type=float, default=0.003, help="share of dirty rows")
    parser.add_argument("--start", type=int, default=1, help="the first invoice_ID")
    arguments = parser.parse_args()
    out = open(arguments.file, "w", encoding="utf-8") if arguments.file else sys.stdout
    with out:
        out.write(HEADER + "\n")
        for row in invoices(arguments.rows, arguments.seed, arguments.dirty, arguments.start):
            out.write(",".join(row) + "\n")


if __name__ == "__main__":
    main()
