"""Plans on standard input, a JSON list of texts; what the generator makes of each, on standard output."""

import json
import sys

from sluice_spark.pipelines import project
from sluice_spark.plan import read
from sluice_spark.program import NotPossible, generate


def made(text, build):
    try:
        return build(read(text))
    except NotPossible as impossible:
        return {"refused": [[one.line, one.column, one.message] for one in impossible.refusals]}


def program(plan):
    one = generate(plan)
    return {"text": one.text, "environment": one.environment, "conf": one.conf, "notes": one.notes}


def main():
    plans = json.load(sys.stdin)
    json.dump([{**made(text, program), "project": made(text, lambda plan: {"files": project(plan)[0]})} for text in plans],
              sys.stdout)


if __name__ == "__main__":
    main()
