"""Spark SQL that translate() has written, as a tree to be changed, and back."""

from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.tokens import TokenType

from ..sql.dialects import ToSpark
from ..sql.dialects import write as write

AGGREGATES = {
    "any_value", "approx_count_distinct", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "collect_list",
    "collect_set", "corr", "count", "count_if", "covar_pop", "covar_samp", "first", "first_value", "kurtosis", "last",
    "last_value", "listagg", "max", "max_by", "mean", "median", "min", "min_by", "mode", "percentile", "percentile_approx",
    "skewness", "stddev", "stddev_pop", "string_agg", "sum", "try_sum", "var_pop", "variance"}


class Reading(ToSpark):
    """`window` is a function's name where no WINDOW clause begins."""

    class Tokenizer(Spark.Tokenizer):
        def tokenize(self, sql):
            tokens = super().tokenize(sql)
            for place, token in enumerate(tokens):
                following = [one.token_type for one in tokens[place + 2:place + 4]]
                if token.token_type == TokenType.WINDOW and following != [TokenType.ALIAS, TokenType.L_PAREN]:
                    token.token_type = TokenType.VAR
            return tokens


def read(text):
    """The tree of a SELECT."""
    return Reading().parse(text)[0]


def is_aggregate(tree):
    """Whether an aggregate function is called in it."""
    return any(one.name.lower() in AGGREGATES for one in tree.find_all(exp.Anonymous))


def group_names(tree):
    """The columns of an aggregate's result that are what it groups by, in lower case."""
    group = tree.args.get("group")
    keys = {write(one).lower() for one in group.expressions} if group else set()
    by_name = {one.alias_or_name.lower(): one for one in tree.expressions}
    made = set()
    for name, one in by_name.items():
        inner = one.unalias()
        is_window = write(inner).lower().startswith(("window", "session_window"))
        if group and not is_aggregate(inner) and (group.args.get("all") or is_window or name in keys
                                                  or write(inner).lower() in keys):
            made.add(name)
    return made

