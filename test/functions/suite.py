"""`functions:` of a pipeline file: SQL expressions, Python, shared libraries."""

from functions import expressions, libraries, python, refusals


def cases():
    for part in (expressions, python, libraries, refusals):
        yield from part.cases()
