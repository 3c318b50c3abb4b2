"""`sluice export --to pyspark` and `--to spark-pipelines`."""

import sys
from pathlib import Path

from .messages import Log
from .pipelines import project


def export(plan, program, arguments):
    """The exit code."""
    if arguments.to == "pyspark":
        log = Log()
        for note in program.notes:
            log.warn(note)
        return write({"": program.text} if not arguments.output else {arguments.output: program.text}, arguments)
    if not arguments.output:
        print("error: spark-pipelines is a folder: say which, with -o FOLDER", file=sys.stderr)
        return 2
    files, notes = project(plan)
    log = Log()
    for note in notes:
        log.warn(note)
    return write({str(Path(arguments.output) / name): text for name, text in files.items()}, arguments)


def write(files, arguments):
    """All of them, or none when one is there already."""
    there = [name for name in files if name and Path(name).exists()]
    if there and not arguments.force:
        print(f"error: {there[0]} is there already: remove it, or write over it with --force", file=sys.stderr)
        return 2
    for name, text in files.items():
        if not name:
            sys.stdout.write(text)
            continue
        path = Path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            print(f"error: write {name}: {error.strerror}", file=sys.stderr)
            return 1
        Log().info(f"{name}: {len(text.splitlines())} lines")
    return 0
