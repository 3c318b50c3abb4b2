"""Commands that are given no file: `sluice test` takes those of this folder, the others say which there are."""

from support.case import Case
from support.program import must_not_say, must_say, sluice

PIPELINE = """\
name: n
sources: {numbers: {generator: {rows: 3, columns: {n: {sequence: {}}}}}}
sinks: {out: {from: numbers, console: {}}}
trigger: available_now
checkpoint: checkpoint
"""

TESTS = """\
tests:
  a_number_comes_out:
    batches:
      - rows: {numbers: [{n: 1}]}
        expect: {out: [{n: 1}]}
"""


def cases():
    yield Case("all_tests", all_tests)
    yield Case("no_tests", no_tests)
    for command in ("run", "check", "preview", "explain"):
        yield Case(f"which/{command}", lambda folder, command=command: which(folder, command))


def write(folder, name, text):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def all_tests(folder):
    """Of this folder and of those below, but not of hidden ones."""
    for name in ("a", "below/b", ".hidden/c"):
        write(folder, f"{name}.yaml", PIPELINE)
        write(folder, f"{name}.test.yaml", TESTS)
    done = sluice("test", cwd=folder).must_exit(0)
    must_say(done, "ok  a.test.yaml", "ok  below/b.test.yaml", "2 passed, 0 failed")
    write(folder, "below/b.test.yaml", TESTS.replace("out: [{n: 1}]", "out: [{n: 2}]"))
    must_say(sluice("test", cwd=folder).must_exit(1), "1 passed, 1 failed")


def no_tests(folder):
    write(folder, "a.yaml", PIPELINE)
    must_say(sluice("test", cwd=folder).must_exit(2), "there is no *.test.yaml in this folder, nor below it", "`sluice init`")


def which(folder, command):
    must_say(sluice(command, cwd=folder).must_exit(2), f"sluice {command}: which pipeline?", "There is none in this folder", "`sluice init`")
    write(folder, "orders.yaml", PIPELINE)
    write(folder, "orders.test.yaml", TESTS)
    write(folder, "services.yaml", "services: {web: {image: nginx}}\n")
    write(folder, "sources_of_wisdom.yaml", "# sources: none\n")
    one = sluice(command, cwd=folder).must_exit(2)
    must_say(one, f"In this folder: orders.yaml; write sluice {command} orders.yaml")
    for number in range(7):
        write(folder, f"p{number}.yml", PIPELINE)
    many = must_say(sluice(command, cwd=folder).must_exit(2), "orders.yaml, p0.yml, p1.yml, p2.yml, p3.yml and 3 more")
    must_not_say(many, "services.yaml", "orders.test.yaml", "p4.yml")
    # What it says works.
    sluice(command, "orders.yaml", cwd=folder).must_exit(0)
