"""python3 -m sluice_spark run|check|export: the plan is on standard input."""

import argparse
import importlib.util
import sys

# As pyproject.toml pins them.
NEEDED = {"pyspark": "pyspark==4.2.0", "delta": "delta-spark==4.4.0", "sqlglot": "sqlglot==30.31.0"}


def missing():
    return [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]


def arguments_of(words):
    parser = argparse.ArgumentParser(prog="sluice_spark", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("--progress", default="auto")
    run.add_argument("--log-level", default="info")
    check = commands.add_parser("check")
    export = commands.add_parser("export")
    export.add_argument("--to", required=True, choices=["pyspark", "spark-pipelines"])
    export.add_argument("-o", "--output", default="")
    export.add_argument("--force", action="store_true")
    for command in (run, check, export):
        command.add_argument("--master")
        command.add_argument("--remote")
        command.add_argument("--conf", action="append", default=[], metavar="KEY=VALUE")
    return parser.parse_args(words)


def main(words=None):
    """The exit code: 0 fine, 1 something failed, 2 to be changed by the user, 130 ended by the second Ctrl+C."""
    arguments = arguments_of(words)
    if missing():
        print(f"error: the Spark engine needs {', '.join(missing())} in {sys.executable}; install what it needs by\n"
              f"  {sys.executable} -m pip install {' '.join(NEEDED.values())}", file=sys.stderr)
        return 2
    from . import plan as plans
    from .messages import refusal
    from .program import NotPossible, generate
    from .remote import problem

    for one in arguments.conf:
        if "=" not in one:
            print(f"error: --conf {one}: write KEY=VALUE", file=sys.stderr)
            return 2
    if arguments.remote and (found := problem(arguments.remote, NEEDED["pyspark"])):
        print(f"error: {found[1]}", file=sys.stderr)
        return found[0]
    try:
        plan = plans.read(sys.stdin.read())
    except (ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        program = generate(plan)
    except NotPossible as impossible:
        return refuse(plan, impossible)
    if arguments.command == "export":
        from .export import export

        try:
            return export(plan, program, arguments)
        except NotPossible as impossible:
            return refuse(plan, impossible)
    if arguments.command == "check":
        from .check import check

        return check(plan, program, arguments)
    from .errors import Refused
    from .run import run

    for name, place in program.unset:
        print(refusal(plan, Refused(f"set {name}: 'embedded' is a broker for demos that Spark cannot read", *place)),
              file=sys.stderr)
    return 2 if program.unset else run(plan, program, arguments)


def refuse(plan, impossible):
    from .messages import refusal

    for refused in impossible.refusals:
        print(refusal(plan, refused), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
