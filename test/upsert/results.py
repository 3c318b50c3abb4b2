"""Results in mode upsert: after every run, killed or not, the table is the result that plain DuckDB finds
over the input so far. Rows leave it: by HAVING, by another key, by a filter over it, by a rank."""

import random
import signal

from support import tables
from support.case import Failure
from support.program import indent, sluice

POINTS = ("engine.run", "delta.stage", "delta.staged", "engine.committed", "delta.rewrite",
          "delta.rewritten", "delta.commit", "delta.committed", "delta.deletes", "engine.published_one")

VIEWS = {
    "totals": "SELECT k, sum(n) AS n, count(*) AS c FROM input GROUP BY k",
    "few": "SELECT k, sum(n) AS n FROM input GROUP BY k HAVING sum(n) > 0",
    "buckets": "SELECT id, max(n) // 10 AS bucket, max(n) AS n FROM input GROUP BY id",
    "odd": "SELECT 'all' AS k, count(*) AS c FROM input HAVING count(*) % 3 <> 0",
    "median": "SELECT k, median(n) AS m FROM input GROUP BY k HAVING count(DISTINCT id) % 2 = 1",
    "big": "SELECT k, n FROM totals WHERE n > 5",
    "named": "SELECT upper(k) || 'x' AS name, n FROM big WHERE n % 2 = 0",
    "alike": "SELECT n, count(*) AS c FROM totals GROUP BY n",
    "joined": "SELECT t.k, t.n, f.n AS m FROM totals t JOIN few f ON t.k = f.k WHERE t.c % 2 = 1",
    "grades": "SELECT n % 3 AS grade, count(*) AS c, max(k) AS k FROM big GROUP BY 1",
    "top": "SELECT k, n FROM (SELECT k, n, row_number() OVER (ORDER BY n DESC, k) AS place FROM totals) "
           "WHERE place <= 3",
    "over_top": "SELECT k || '!' AS name, n FROM top WHERE n > 0",
    "united": "SELECT k, n FROM totals WHERE n > 10 UNION ALL SELECT k || '+', n FROM few WHERE n < 20",
}
# By sink: the view and its key.
SINKS = {"few": ["k"], "buckets": ["id", "bucket"], "odd": ["k"], "median": ["k"], "big": ["k"],
         "named": ["name"], "alike": ["n"], "joined": ["k"], "grades": ["grade"], "top": ["k"], "over_top": ["name"],
         "united": ["k"], "totals": ["k"]}
COLUMNS = {"id": "INTEGER", "k": "VARCHAR", "n": "INTEGER"}


def run(folder, seed):
    chance = random.Random(seed)
    sinks = chance.sample(list(SINKS), 3)
    roll = chance.choice([None, None, 3, 20])
    (folder / "pipeline.yaml").write_text(pipeline(chance, sinks, roll))
    (folder / "in").mkdir()
    number = 0
    try:
        for _ in range(chance.randint(4, 8)):
            for _ in range(chance.randint(1, 3)):
                write_batch(folder / "in" / f"{number:04}.csv", chance)
                number += 1
            if chance.random() < 0.6:
                die(folder, chance)
            sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
            for sink in sinks:
                compare(folder, sink)
        nothing_is_left_over(folder, sinks)
    except Failure as failure:
        raise Failure(f"sinks {sinks}, roll {roll}: {failure}")


def pipeline(chance, sinks, roll):
    lines = ["name: results", "sources:", "  input:", "    csv:", "      path: in",
             "      max_files_per_trigger: 1", "      schema: {id: INTEGER, k: VARCHAR, n: INTEGER}",
             "views:"]
    lines += [f"  {name}: >-\n    {sql}" for name, sql in VIEWS.items()]
    lines.append("sinks:")
    for sink in sinks:
        key = SINKS[sink]
        partition = f", partition_by: [{key[-1]}]" if chance.random() < 0.3 else ""
        rolled = f", roll: {{rows: {roll}}}" if roll else ""
        lines.append(f"  {sink}: {{from: {sink}, mode: upsert, key: [{', '.join(key)}]{rolled}, "
                     f"delta: {{path: out/{sink}{partition}}}}}")
    return "\n".join([*lines, "trigger: available_now", "checkpoint: checkpoint", ""])


def write_batch(path, chance):
    with open(path, "w", encoding="utf-8") as file:
        file.write("id,k,n\n")
        for _ in range(chance.randint(1, 8)):
            file.write(f"{chance.randrange(12)},{chance.choice('abcdefgü')},{chance.randrange(-15, 25)}\n")


def die(folder, chance):
    crash = f"{chance.choice(POINTS)}:{chance.randint(1, 4)}"
    died = sluice("run", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": crash})
    if died.exit not in (0, -signal.SIGKILL):
        raise Failure(f"with SLUICE_CRASH={crash} it ended with exit code {died.exit}\n"
                      + indent(died.err, "  stderr| "))


def compare(folder, sink):
    duck = tables.connection()
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
    duck.execute(f"CREATE TABLE input AS SELECT * FROM read_csv('{folder}/in/*.csv', header=true, "
                 f"columns={{{columns}}})")
    for name, sql in VIEWS.items():
        duck.execute(f'CREATE VIEW "{name}" AS {sql}')
    if not tables.define_table(duck, "got", "delta", folder / "out" / sink):
        raise Failure(f"{sink}: there is no table")
    names = [row[0] for row in duck.execute(f'DESCRIBE "{sink}"').fetchall()]
    text = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in names)
    tables.expect_same_rows(duck, f'SELECT {text} FROM "{sink}"', f"SELECT {text} FROM got", sink)


def nothing_is_left_over(folder, sinks):
    """Files of rows that delete keys are gone once the table knows."""
    for sink in sinks:
        left = [path.name for path in (folder / "out" / sink).rglob("*deletes-*")]
        if left:
            raise Failure(f"{sink}: files of deletions stay: {left}")
