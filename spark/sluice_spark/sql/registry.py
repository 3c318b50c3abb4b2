"""Functions whose translation is code: by name."""

SPECIALS = {}  # name -> function(context, node, arguments) -> Value, or None for what the table has
LAMBDAS = {}  # name -> function(context, node, scope) -> Value; arguments may be lambdas


def special(*names):
    def add(function):
        SPECIALS.update((name, function) for name in names)
        return function
    return add


def with_lambdas(*names):
    def add(function):
        LAMBDAS.update((name, function) for name in names)
        return function
    return add
