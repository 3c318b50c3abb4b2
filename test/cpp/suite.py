"""C++ programs over the installed package: nothing of this repository is on their path but what `make library` has installed."""

import atexit
import functools
import json
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from support.case import Case, Failure, expect_equal
from support.machine import Machine
from support.program import Finished, ROOT, environment, must_say
from support.tables import connection

GUIDE = ROOT / "docs" / "guide"
HERE = ROOT / "test" / "cpp"
CMAKE = """\
cmake_minimum_required(VERSION 3.25)
project(own LANGUAGES CXX)
find_package(sluice REQUIRED)
add_executable(own {file})
target_link_libraries(own PRIVATE sluice::sluice)
"""
PIPELINE = """\
name: own
sources:
  lines:
    lines: {{path: in.txt{source}}}
    format: {{json: {{schema: {{n: BIGINT, text: VARCHAR}}}}}}
    metadata: [record, key, timestamp]
views:
  rows: {sql}
sinks:
  out: {{from: rows, ledger: {{path: out.txt{sink}}}{mode}}}
trigger: available_now
checkpoint: checkpoint
"""
ROWS = "SELECT n, text, record FROM lines"


def cases():
    return [Case("guide", guide),
            Case("bare_machine", bare_machine),
            Case("headers", headers),
            Case("exactly_once", exactly_once),
            *(Case(f"killed/{point}", lambda folder, point=point: killed(folder, point)) for point in ("custom.write", "custom.written")),
            Case("lost_answer", lost_answer),
            Case("complete", complete),
            Case("dead_letters", dead_letters),
            Case("passing_error", passing_error),
            Case("errors", errors),
            Case("exceptions", exceptions),
            Case("options", options),
            Case("functions", functions),
            Case("nulls", nulls),
            Case("table_functions", table_functions),
            Case("names", names),
            Case("refused", refused),
            Case("one_target", one_target),
            Case("numbers", numbers),
            Case("strange", strange),
            Case("texts", texts)]


FLAGS = ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"]
_once = threading.Lock()


def installed():
    """Where the package is, as `make library` puts it there."""
    with _once:
        return _installed()


@functools.cache
def _installed():
    prefix = Path(tempfile.mkdtemp(prefix="sluice-library-")) / "usr"
    atexit.register(shutil.rmtree, prefix.parent, ignore_errors=True)
    must(["cmake", "--build", ROOT / "build" / "release", "--target", "library"], ROOT)
    must(["cmake", "--install", ROOT / "build" / "release", "--prefix", prefix], ROOT)
    return prefix


def own_program():
    """program.cc, built once for all cases."""
    prefix = installed()
    with _once:
        return _own_program(prefix)


@functools.cache
def _own_program(prefix):
    folder = prefix.parent / "own"
    folder.mkdir(exist_ok=True)
    (folder / "CMakeLists.txt").write_text(CMAKE.format(file=HERE / "program.cc"))
    return built(folder, prefix, "own")


def built(folder, prefix, program):
    """Without a warning."""
    must(["cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", *FLAGS], folder)
    must(["cmake", "--build", "build"], folder)
    return folder / "build" / program


def must(command, folder):
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))}\n  ended with {done.returncode}\n{done.stdout[-6000:]}{done.stderr[-6000:]}")
    return done.stdout


def run(folder, *arguments, **env):
    done = subprocess.run([own_program(), *arguments], cwd=folder, env=environment(**env), capture_output=True, text=True, timeout=600)
    return Finished(f"program {' '.join(arguments)}", done.returncode, done.stdout, done.stderr)


def write(folder, sql=ROWS, source="", sink="", mode="", rows=1000, name="pipeline.yaml"):
    text = PIPELINE.format(sql=sql, source=source, sink=sink, mode=mode)
    (folder / name).write_text(text, encoding="utf-8")
    lines = ["a title", "and its line"] + [json.dumps({"n": n, "text": f"row {n}"}) for n in range(rows)]
    (folder / "in.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def written(folder):
    """Rows of the ledger."""
    path = folder / "out.txt"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[1:]] if path.exists() else []


def expect_all(folder, rows=1000):
    expect_equal([[n, f"row {n}", n + 2] for n in range(rows)], [[row["n"], row["text"], row["record"]] for row in written(folder)], "the rows")


def guide(folder):
    """The page's program, file by file, prints what the page says."""
    for path in (GUIDE / "cpp").iterdir():
        shutil.copy(path, folder)
    program = built(folder, installed(), "ticks")
    said = json_of((GUIDE / "cpp.md").read_text(encoding="utf-8"))
    done = subprocess.run([program], cwd=folder, env=environment(), capture_output=True, text=True)
    expect_equal(0, done.returncode, done.stderr)
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    expect_equal(said, sorted(printed, key=lambda row: row["rest"]), "what the page says")
    again = subprocess.run([program], cwd=folder, env=environment(), capture_output=True, text=True)
    expect_equal((0, ""), (again.returncode, again.stdout), "a second run")


def bare_machine(folder):
    """On a Debian that has nothing but what the page installs, its program is built and prints the same."""
    given = folder / "given"
    shutil.copytree(installed(), given / "usr")
    shutil.copytree(GUIDE / "cpp", given / "ticks")
    page = (GUIDE / "cpp.md").read_text(encoding="utf-8")
    packages = re.search(r"^apt-get install (.*)", page, re.MULTILINE)[1]
    build = re.search(r"^cmake -B build .*", page, re.MULTILINE)[0]
    machine = Machine(folder, given)
    try:
        machine.run(f"apt-get update -q && apt-get install -yq --no-install-recommends {packages}")
        machine.run("cp -r /given/usr/. /usr/local && cp -r /given/ticks .")
        machine.run(f"cd ticks && {build}")
        printed = machine.run("cd ticks && build/ticks").stdout
    finally:
        machine.stop()
    expect_equal(json_of(page), sorted(map(json.loads, printed.splitlines()), key=lambda row: row["rest"]), "what the page says")


def json_of(page):
    return [json.loads(line) for line in re.search(r"```json\n(.*?)```", page, re.DOTALL)[1].splitlines()]


def headers(folder):
    """Each header alone compiles, without anything else of ours on the path; what is installed is what is public."""
    prefix = installed()
    found = sorted(path.relative_to(prefix / "include") for path in (prefix / "include").rglob("*.h"))
    public = sorted(path.relative_to(ROOT / "include") for path in (ROOT / "include").rglob("*.h"))
    expect_equal(list(map(str, public)), list(map(str, found)), "installed headers")
    for header in found:
        (folder / "one.cc").write_text(f'#include "{header}"\n#include "{header}"\n')
        must(["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{prefix / 'include'}", "one.cc"], folder)
    (folder / "one.c").write_text('#include "sluice/function.h"\n')
    must(["gcc", "-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{prefix / 'include'}", "one.c"], folder)
    for path in prefix.rglob("*.cmake"):
        if str(ROOT) in path.read_text():
            raise Failure(f"{path.name} names the repository")


def exactly_once(folder):
    write(folder, source=", max_records_per_trigger: 100")
    run(folder, "pipeline.yaml").must_exit(0)
    expect_all(folder)
    run(folder, "pipeline.yaml").must_exit(0)
    expect_all(folder)
    write(folder, rows=1500, source=", max_records_per_trigger: 100")
    run(folder, "pipeline.yaml").must_exit(0)
    expect_all(folder, 1500)


def killed(folder, point):
    """At every third batch, until all is there: each row once."""
    write(folder, source=", max_records_per_trigger: 100")
    for _ in range(20):
        done = run(folder, "pipeline.yaml", SLUICE_CRASH=f"{point}:3")
        if done.exit == 0:
            break
        expect_equal(-9, done.exit, f"the program's end\n{done.shown()}")
    else:
        raise Failure("no end after 20 kills")
    expect_all(folder)


def lost_answer(folder):
    """The rows are there, and the sink says that they are not: tried again, they come once."""
    write(folder, sink=", breaks: after", source=", max_records_per_trigger: 300")
    failed = run(folder, "pipeline.yaml")
    must_say(failed, "ledger: write", "the answer is lost")
    write(folder, source=", max_records_per_trigger: 300")
    run(folder, "pipeline.yaml").must_exit(0)
    expect_all(folder)


def complete(folder):
    write(folder, sql="SELECT n % 2 AS odd, count(*) AS rows FROM lines GROUP BY n % 2", source=", max_records_per_trigger: 100", mode=", mode: complete")
    run(folder, "pipeline.yaml").must_exit(0)
    expect_equal([[0, 500], [1, 500]], sorted([row["odd"], row["rows"]] for row in written(folder)), "the result")


def dead_letters(folder):
    write(folder)
    lines = (folder / "in.txt").read_text().splitlines()
    lines[40] = '{"n": "many", "text": "x"}'
    lines[50] = "no JSON \u00e4"
    (folder / "in.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run(folder, "pipeline.yaml").must_exit(0)
    expect_equal(998, len(written(folder)), "rows")
    letters = connection().execute(f"SELECT * FROM read_parquet('{folder}/checkpoint/dead_letter/**/*.parquet')").fetch_arrow_table().to_pylist()
    by_place = {letter["offset"]: letter for letter in letters}
    expect_equal([40, 50], sorted(by_place), "the numbers of the records")
    for number, letter in by_place.items():
        if lines[number].encode() not in [value for value in letter.values() if isinstance(value, bytes)]:
            raise Failure(f"the bytes of record {number} are not in {letter}")


def passing_error(folder):
    """The engine asks again for what was not to be had for a moment."""
    write(folder, source=", breaks: once")
    run(folder, "pipeline.yaml").must_exit(0)
    expect_all(folder)


def errors(folder):
    for where, text, committed in (("read", "lines are gone", 100), ("short", "gave 99 of 100", 0)):
        place = folder / where
        place.mkdir()
        write(place, source=f", breaks: {where}, max_records_per_trigger: 100")
        done = run(place, "pipeline.yaml")
        must_say(done.must_exit(10 + 5), text, "source lines")
        expect_equal(committed, len(written(place)), "rows before the error")


def exceptions(folder):
    """Of a source, a sink and a function: named, and the end of one pipeline only."""
    for number, (source, sink, sql, texts) in enumerate([
            (", breaks: open", "", ROWS, ["lines: open threw an exception: the door is stuck"]),
            (", breaks: end", "", ROWS, ["lines: end threw an exception: one without a text"]),
            ("", ", breaks: write", ROWS, ["ledger: write", "the ink is dry"]),
            ("", "", "SELECT strict(n) AS n, text, record FROM lines", ["E_FUNCTION_FAILED", "strict(): it threw an exception: thirteen"])]):
        place = folder / str(number)
        place.mkdir()
        write(place, source=source, sink=sink, sql=sql)
        good = (place / "pipeline.yaml").read_text().replace("name: own", "name: good").replace("checkpoint: checkpoint", "checkpoint: good")
        good = good.replace("out.txt", "good.txt").replace(source, "" if source else source).replace(sink, "" if sink else sink).replace(sql, ROWS)
        (place / "good.yaml").write_text(good)
        done = run(place, "pipeline.yaml", "good.yaml")
        must_say(done, *texts)
        if done.exit == 0 or "good: done" not in done.out or "own: done" in done.out:
            raise Failure(done.shown())
        expect_equal(1001, len((place / "good.txt").read_text().splitlines()), "lines of the other pipeline")
        expect_equal([], written(place), "rows of the one that failed")


def options(folder):
    """As of any connector: with file, line and column."""
    for source, place, text in ((", colour: red", "4:27", "colour"), (", every: soon", "4:34", "every")):
        write(folder, source=source)
        must_say(run(folder, "pipeline.yaml").must_exit(10), f"pipeline.yaml:{place}", text)
    write(folder)
    (folder / "pipeline.yaml").write_text((folder / "pipeline.yaml").read_text().replace("lines: {path: in.txt}", "lines: {}"))
    must_say(run(folder, "pipeline.yaml").must_exit(10), "pipeline.yaml:4", "path")
    write(folder)
    (folder / "pipeline.yaml").write_text((folder / "pipeline.yaml").read_text().replace("ledger: {path: out.txt}", "refused: {}"))
    must_say(run(folder, "pipeline.yaml").must_exit(10), "pipeline.yaml:10:", "not for own and out")
    (folder / "pipeline.yaml").write_text((folder / "pipeline.yaml").read_text().replace("refused: {}", "nowhere: {}"))
    must_say(run(folder, "pipeline.yaml").must_exit(10), "ledger", "refused", "nowhere")


def functions(folder):
    """Each type goes through code and comes back; what is computed is what DuckDB computes."""
    same = ", ".join(f"same_{name.lower()}(TRY_CAST(n - 100 AS {name})) IS NOT DISTINCT FROM TRY_CAST(n - 100 AS {name}) AS {name.lower()}"
                     for name in ("BOOLEAN", "TINYINT", "USMALLINT", "INTEGER", "UBIGINT", "REAL", "DOUBLE"))
    write(folder, rows=5000, sql=f"SELECT {same}, shout(text) = upper(text) AS shout, doubled(CAST(n AS DECIMAL(30,2))) AS doubled, n FROM lines")
    done = run(folder, "pipeline.yaml").must_exit(0)
    must_say(done, "column doubled BIGINT", "column shout BOOLEAN")
    rows = written(folder)
    expect_equal(5000, len(rows), "rows")
    for row in rows:
        if not all(value is True for name, value in row.items() if name not in ("n", "doubled")):
            raise Failure(f"not the same: {row}")
        expect_equal(row["n"] * 200, row["doubled"], f"row {row['n']}")


def nulls(folder):
    write(folder, sql="SELECT n, shout(CASE WHEN n % 2 = 0 THEN text END) AS shout, same_double(CASE WHEN n % 3 = 0 THEN n END) AS d FROM lines")
    run(folder, "pipeline.yaml").must_exit(0)
    expect_equal([[n, f"ROW {n}" if n % 2 == 0 else None, float(n) if n % 3 == 0 else None] for n in range(1000)],
                 [[row["n"], row.get("shout"), row.get("d")] for row in written(folder)], "the rows")


def table_functions(folder):
    """Rows for a row: of none, of many, more of them in a chunk than its rows, with NULLs."""
    text = "repeat('a bcd efghi ', CAST(n % 7 AS INTEGER))"
    write(folder, rows=3000, sql=f"SELECT n, unnest(words(CASE WHEN n % 11 > 0 THEN {text} END), max_depth := 2) FROM lines")
    run(folder, "pipeline.yaml").must_exit(0)
    expected = [[n, word, at] for n in range(3000) if n % 11 for times in range(n % 7)
                for word, at in (("a", None), ("bcd", None), ("efghi", 12 * times + 6))]
    expect_equal(expected, [[row["n"], row["word"], row.get("at")] for row in written(folder)], "the rows")


def names(folder):
    """Nobody can mean two functions by one name, and the error of a call with other arguments has those that there are."""
    write(folder)
    must_say(run(folder, "abs", "pipeline.yaml").must_exit(10), "function 'abs'", "DuckDB")
    must_say(run(folder, "order", "pipeline.yaml").must_exit(10), "function 'order' is a reserved word of SQL; choose another")
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(text + "functions: {shout: {args: [x], sql: upper(x)}}\n")
    must_say(run(folder, "pipeline.yaml").must_exit(10), "function 'shout'", "pipeline.yaml:13:13")
    write(folder, sql="SELECT shout(n, 1) AS loud FROM lines")
    must_say(run(folder, "pipeline.yaml").must_exit(10), "'shout(BIGINT, INTEGER_LITERAL)'", "There is shout(VARCHAR) -> VARCHAR")


def refused(folder):
    """What a program may not add, each with the reason."""
    done = run(folder).must_exit(0)
    expect_equal(["there is a connector 'kafka' already; choose another name",
                  "there is a connector 'lines' already; choose another name",
                  "'Two words' cannot be the name of a connector: take small letters, digits and _",
                  "source 'no_code' has no `make`",
                  "'watermark' cannot be the name of a connector: a pipeline file has a key of that name",
                  "connector 'twice': it has two options 'a' (every source has max_records_per_trigger and max_bytes_per_trigger, every sink has value)",
                  "connector 'spaced': 'a b' cannot be the name of an option: take small letters, digits and _",
                  "the program has a function 'shout' already",
                  "function 'a b': its name must be letters, digits and '_'"],
                 [line for line in done.out.splitlines() if "'typed'" not in line][:9], "the reasons")
    must_say(done, "connector 'typed': 'a' must be a whole number, not 'x'", "MONEY", "cannot have a UUID", "has no code", "has 2 columns, and names for 1")


def one_target(folder):
    """Two sinks that write to one target: the second is stopped, and not taken for the first."""
    write(folder)
    (folder / "here").symlink_to(".")
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(text.replace("trigger:", "  too: {from: rows, ledger: {path: here/out.txt}}\ntrigger:"))
    done = run(folder, "pipeline.yaml")
    must_say(done, "E_FENCED", "another sink writes to this target")
    if done.exit == 0:
        raise Failure(done.shown())


def numbers(folder):
    """Of records that were read: they are gone, or would be used again, or somebody cancels without being asked."""
    limit = ", max_records_per_trigger: 100"
    write(folder, source=limit, rows=10)
    run(folder, "pipeline.yaml").must_exit(0)
    write(folder, source=limit, rows=4)
    must_say(run(folder, "pipeline.yaml").must_exit(10 + 5), "end() is 6, and the records before 12 have been read")
    write(folder, source=limit + ", breaks: trimmed", rows=40)
    must_say(run(folder, "pipeline.yaml").must_exit(10 + 5), "the records from 12 to 19 are gone")
    write(folder, source=limit, rows=40)
    run(folder, "pipeline.yaml").must_exit(0)
    expect_all(folder, 40)
    write(folder, source=limit + ", breaks: cancelled", rows=400)
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(text + "engine: {retries: 1, retry_pause_max: 10ms}\n")
    done = run(folder, "pipeline.yaml")
    must_say(done, "somebody's query was cancelled")
    if done.exit == 0:
        raise Failure(f"the end of a run that nobody has stopped\n{done.shown()}")
    write(folder, source=limit, rows=400)
    run(folder, "pipeline.yaml").must_exit(0)
    expect_all(folder, 400)


def strange(folder):
    write(folder, source=", breaks: strange", sql="SELECT record, hex(key) AS key, octet_length(value) AS bytes, timestamp FROM lines", rows=100)
    (folder / "pipeline.yaml").write_text(re.sub(r"    format: .*\n    metadata: .*\n", "", (folder / "pipeline.yaml").read_text()))
    run(folder, "pipeline.yaml").must_exit(0)
    lines = (folder / "in.txt").read_text().splitlines()
    keys = {0: "", 1: None}
    expect_equal([[n, keys.get(n % 4, "FF006B"), None if n % 5 == 0 else len(lines[n]), None] for n in range(2, 102)],
                 [[row["record"], row.get("key"), row.get("bytes"), row.get("timestamp")] for row in written(folder)], "the rows")


def texts(folder):
    write(folder, sql="SELECT n, bytes(text) AS bytes, head(text) AS head, plus(n) AS plus, itself(text) AS itself FROM lines")
    run(folder, "pipeline.yaml").must_exit(0)
    expect_equal([[n, len(f"row {n}"), "row", n + 40, f"row {n}"] for n in range(1000)],
                 [[row["n"], row["bytes"], row["head"], row["plus"], row["itself"]] for row in written(folder)], "the rows")
    place = folder / "rubbish"
    place.mkdir()
    write(place, sql="SELECT rubbish(n) AS text FROM lines")
    must_say(run(place, "pipeline.yaml"), "E_FUNCTION_FAILED", "rubbish() gives a text that is not UTF-8")
