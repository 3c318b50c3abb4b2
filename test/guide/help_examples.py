"""Every command's `--help` has examples, and each of them works: it is run in a folder with the files that it names,
or, where what it needs is not here, at least taken apart by the program."""

import re
import shlex
from pathlib import Path

from guide.example_place import Place
from guide.man_page import SECTION
from support.case import Case, Failure
from support.program import Running, sluice
from support.shell import background, end
from support.java import HOME

EXAMPLES = re.compile(r"^Examples?:\n((?:  .*\n?)+)", re.M)

# What the lines of a command need to be there, by the command's first words.
NEEDS = {
    "sluice": ["files"], "sluice run": ["topic_pipeline"], "sluice dashboard": ["tables", "store"], "sluice check": ["files"],
    "sluice preview": ["files"], "sluice explain": ["files"], "sluice test": ["tests"], "sluice init": [],
    "sluice export": ["files"], "sluice ctl": ["page"], "sluice ctl savepoint": ["store", "page"], "sluice produce": ["broker", "registry"],
    "sluice topic": ["broker"], "sluice consume": ["topic_pipeline", "registry"], "sluice show": ["broker", "tables", "store"],
    "sluice copy": ["broker", "tables", "store"], "sluice sql": ["ran", "tables", "store", "page_of_one"], "sluice broker": ["broker"],
    "sluice deadletter": ["letters"], "sluice checkpoint": ["backups"], "sluice checkpoint forget": ["ran"],
    "sluice handover": ["stateless"], "sluice delta": ["tables"], "sluice delta create": [], "sluice schema": [],
    "sluice plan": ["ran"], "sluice shadow": ["ran"], "sluice rebuild": ["ran"], "sluice dev": ["files"], "sluice infer": ["files", "broker", "tables", "store"],
    "sluice reference": [], "sluice explain-error": [], "sluice completion": [], "sluice version": [],
}

# What has to have happened before a line, beside what its command needs.
BEFORE = {
    "sluice topic create": "sluice topic delete invoices",
    "sluice ctl resume": "sluice ctl pause orders --connect https://host:8484",
    "sluice ctl start": "sluice ctl stop orders --connect https://host:8484",
    "sluice copy kafka://localhost:9092/orders kafka://other:9092/orders": "sluice topic create copied",
    "sluice copy kafka://localhost:9092/orders lake/orders": "rm -r lake/orders",
    "sluice handover pipeline.yaml --from spark": "sluice handover pipeline.yaml --to spark",
    "sluice handover pipeline.yaml --from spark --spark-checkpoint /data/checkpoints/bronze":
        "sluice handover pipeline.yaml --to spark --spark-checkpoint /data/checkpoints/bronze",
    "sluice plan old.yaml": "cp pipeline.yaml old.yaml && cp pipeline.yaml new.yaml",
    "sluice deadletter cancel": "sluice deadletter replay pipeline.yaml --all",
    "sluice consume orders --format avro": "sluice topic delete orders && sluice produce orders.jsonl --topic orders --format avro "
                                           "--registry http://127.0.0.1:8081",
    "sluice consume orders --format protobuf": "sluice topic delete orders && sluice produce orders.jsonl --topic orders "
                                               "--format protobuf --schema orders.proto --message shop.Order",
}

# These go on until Ctrl+C, which ends them with 0: what they say once they are at work.
ENDLESS = {"sluice dashboard lake/orders": "the page is at", "sluice dashboard 's3://": "the page is at",
           "sluice dashboard sales.yaml": "the page is at", "sluice consume invoices --from end --follow": "amount",
           "sluice broker &": "127.0.0.1:", "sluice dev": "waits for a change",
           "sluice dashboard lake/orders --print": None, "sluice dashboard sales.yaml -o": None}

# The place of these examples runs it already.
IS_RUNNING = "sluice run pipelines/ --ui"
# So that there is something to follow.
FOLLOWED = "for i in $(seq 100); do sluice produce invoices.csv --topic invoices; sleep 0.3; done"

# These are only taken apart by the program. Each with the reason.
PARSED = {
    "sluice run --engine spark": "a cluster of Spark's: suite spark_engine runs one",
    "sluice check --engine spark": "Spark: suite spark_engine checks with it",
    "sluice topic alter": "a Kafka, since the embedded broker alters no topic: suite interop has one",
}
# These are run where this Python is there, else taken apart.
SPARK_PYTHON = HOME / "spark" / "bin" / "python"
NEED_SPARK = ("sluice export --to pyspark", "sluice export --to spark-pipelines")

# Each line of these has a place of its own: what one has done is in another's way.
FRESH = ("sluice", "sluice run", "sluice copy", "sluice deadletter", "sluice deadletter replay", "sluice deadletter cancel", "sluice handover")

# So that lines write where they may.
PRELUDE = "mkdir -p etc/bash_completion.d zsh ~/.config/fish/completions; fpath=(no zsh); "
NOT_AN_OPTION = "--not-an-option"


def cases():
    for name, lines in sections():
        yield Case(f"examples/{'_'.join(name.split())}", lambda folder, name=name, lines=lines: work(folder, name, lines))
    yield Case("examples/lists", lists)


def sections():
    """Each command with the lines of its examples."""
    here = Path.cwd()
    text = sluice("reference", "--cli", cwd=here).must_exit(0).out
    for name, help_text in [("sluice", sluice("--help", cwd=here).must_exit(0).out), *SECTION.findall(text)]:
        yield name, examples(help_text)


def examples(help_text):
    found = EXAMPLES.search(help_text)
    joined = re.sub(r"\\\n\s+", "", found[1]) if found else ""
    # What is said of a line comes after two blanks.
    return [re.sub(r"\s{2,}# .*", "", line).strip() for line in joined.splitlines() if line.strip()]


def best(table, line):
    """What the table says of the longest beginning of the line; None: nothing."""
    fits = [start for start in table if f"{line} ".startswith(f"{start} ") or start.endswith("://") and line.startswith(start)]
    return table[max(fits, key=len)] if fits else None


def work(folder, name, lines):
    if not lines:
        raise Failure(f"`{name} --help` has no example")
    if all("sluice" not in line for line in lines):
        raise Failure(f"the examples of `{name} --help` do not call sluice:\n" + "\n".join(lines))
    groups = [[line] for line in lines] if name in FRESH else [lines]
    for number, group in enumerate(groups):
        to_run = [line for line in group if not is_parsed(line)]
        for line in group:
            if line not in to_run:
                take_apart(folder, line)
        if to_run:
            with Place(folder / str(number)) as place:
                for need in best(NEEDS, name):
                    getattr(place, need)()
                for line in to_run:
                    run(place, line)


def is_parsed(line):
    return best(PARSED, line) is not None or best(dict.fromkeys(NEED_SPARK, 1), line) and not SPARK_PYTHON.exists()


def run(place, line):
    if place.live and line == IS_RUNNING:
        return
    if before := best(BEFORE, line):
        place.must(before)
    endless = best(ENDLESS, line)
    if endless is not None:
        run_until_at_work(place, line, endless)
        return
    if line.startswith("sluice ctl ") and "--connect" not in line:
        line += " --connect https://host:8484"
    place.env["SLUICE_PYTHON"] = SPARK_PYTHON
    line = line.replace(" /etc/", " etc/")
    done = place.run(PRELUDE + line)
    if done.exit:
        raise Failure(f"{line}\n  ends with {done.exit}\n{done.shown()}")


def run_until_at_work(place, line, says):
    """Until it says so, then Ctrl+C."""
    words = shlex.split(place.here(line).removesuffix(" &"))[1:]
    # A second broker has a home of its own.
    env = place.env | ({"SLUICE_HOME": place.folder / "other"} if words[0] == "broker" else {})
    running = Running(*words, cwd=place.folder, env=env)
    meanwhile = background(FOLLOWED, place) if "--follow" in words else None
    running.wait_for(lambda out, err: says in out + err, f"it said {says!r}")
    if meanwhile:
        end(meanwhile)
    done = running.stop()
    if done.exit:
        raise Failure(f"{line}\n  ends with {done.exit} after Ctrl+C\n{done.shown()}")


def take_apart(folder, line):
    """With one option more that there is none of: the program complains of that one alone, and does nothing."""
    done = sluice(*shlex.split(line)[1:], NOT_AN_OPTION, cwd=folder).must_exit(2)
    if f"The following argument was not expected: {NOT_AN_OPTION}" not in done.err:
        raise Failure(f"{line}\n  is not what the program takes\n{done.shown()}")


def lists(folder):
    """The lists above name what there is, and a wrong example is seen to be wrong."""
    lines = [line for _, found in sections() for line in found]
    for table in (BEFORE, ENDLESS, PARSED, dict.fromkeys(NEED_SPARK)):
        for start in table:
            if not any(line.startswith(start) for line in lines):
                raise Failure(f"no example begins with '{start}' any more")
    take_apart(folder, "sluice run pipeline.yaml --available-now")
    for wrong in ("sluice run pipeline.yaml --availabel-now", "sluice delta vacuum", "sluice explain p.yaml --format gif"):
        try:
            take_apart(folder, wrong)
        except Failure:
            continue
        raise Failure(f"'{wrong}' is taken for right")
