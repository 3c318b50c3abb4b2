"""No function leaves for Spark that Spark lacks."""

from sqlglot import exp

from .dialects import refuse
from .spark_functions import NAMES

# Words of Spark's grammar that are no functions.
GRAMMAR = {"timestampdiff", "timestampadd", "trim", "try_cast", "cast", "extract", "double", "struct", "array", "map"}


def refuse_unknown(tree, known=()):
    for one in tree.find_all(exp.Anonymous):
        name = one.name.lower()
        if name not in NAMES and name not in GRAMMAR and name not in known:
            refuse(one, f"Spark has no function {name}")
