"""What the cases share: files to copy, and the program."""

import json

from support import tables
from support.case import Failure
from support.program import sluice


def copy(folder, *arguments, code=0, env=None):
    return sluice("copy", *arguments, cwd=folder, env=env).must_exit(code)


def show(folder, *arguments, code=0, env=None):
    return sluice("show", *arguments, cwd=folder, env=env).must_exit(code)


def write_csv(path, count, first=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{i},naïve 東 {i},{i}.50,2024-05-0{1 + i % 9} 12:00:00,{'' if i % 7 == 0 else i % 3 == 0}"
             for i in range(first, first + count)]
    path.write_text("id,name,price,at,ok\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_json(path, objects):
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects), encoding="utf-8")
    return path


def rows(folder, kind, path, columns="*"):
    duck = tables.connection()
    if not tables.define_table(duck, "found", kind, folder / path):
        raise Failure(f"there is no {kind} at {path}")
    return tables.rows_as_text(duck, f"SELECT {columns} FROM found")


def expect_ids(folder, kind, path, expected, what=""):
    found = sorted(int(row[0]) for row in rows(folder, kind, path, "id"))
    if found != list(expected):
        raise Failure(f"{what or path}: {len(found)} rows, {len(set(found))} different; "
                      f"expected {len(list(expected))}")
