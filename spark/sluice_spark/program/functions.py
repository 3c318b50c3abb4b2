"""Functions in Python that the file's SQL calls: their files become a part of the program, and Spark calls them over Arrow."""

from pathlib import Path

from ..errors import Refused
from ..types import parse_type, spark_name
from .code import function, identifier, literal

ARROW = {"BOOLEAN": "pa.bool_()", "TINYINT": "pa.int8()", "SMALLINT": "pa.int16()", "INTEGER": "pa.int32()", "BIGINT": "pa.int64()",
         "UTINYINT": "pa.uint8()", "USMALLINT": "pa.uint16()", "UINTEGER": "pa.uint32()", "UBIGINT": "pa.uint64()", "FLOAT": "pa.float32()",
         "DOUBLE": "pa.float64()", "VARCHAR": "pa.string()", "BLOB": "pa.binary()", "DATE": "pa.date32()",
         "TIMESTAMP": 'pa.timestamp("us")', "TIMESTAMPTZ": 'pa.timestamp("us", "UTC")'}
# What Spark takes where it has no such type.
SPARK_ARROW = {"UTINYINT": "pa.int16()", "USMALLINT": "pa.int32()", "UINTEGER": "pa.int64()", "UBIGINT": "pa.decimal128(20, 0)"}
MODULE = '''\
def python_module(name: str, source: str) -> types.ModuleType:
    """None that can be imported, so that Spark sends its functions to where they run, code and all."""
    module = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
    return module
'''
OVER_ARROW = '''\
def over_arrow(function, arguments: list, returns: pa.DataType, given: pa.DataType, returned: str):
    """`function` for SQL: it gets and gives what it does in sluice. `given`: Spark's type of what it gives."""

    def call(*columns: pa.Array) -> pa.Array:
        made = function(*[one.cast(kind) for one, kind in zip(columns, arguments)])
        if type(made).__module__.startswith("polars"):
            made = made.to_arrow()
        if isinstance(made, pa.ChunkedArray):
            made = pa.concat_arrays(made.chunks) if made.num_chunks else pa.array([], made.type)
        if not isinstance(made, pa.Array):
            made = pa.array(made, type=returns, from_pandas=True)
        return made.cast(returns).cast(given)

    return arrow_udf(call, returned)
'''


def signatures(plan):
    """name: (types of its arguments, type of its result), for translate()."""
    return {name: (one.arguments, one.returns) for name, one in plan.functions.items()}


def use(context, names):
    """The program has what calls of these need."""
    for name in sorted(names):
        one = context.plan.functions[name]
        if name in context.needs.functions:
            continue
        if one.language != "python":
            raise Refused(f"function {one.name} is of a shared library, which Spark cannot call: write it in Python", *one.at)
        try:
            source = (Path(context.plan.folder) / one.file).read_text(encoding="utf-8")
        except OSError as error:
            raise Refused(f"the file of function {one.name} cannot be read: {error}", *one.at) from None
        stem = Path(one.file).stem
        text = context.setting(f"{identifier(stem).upper()}_PY", source_literal(source))
        for module in ("pa", "types", "arrow_udf"):
            context.module(module)
        context.needs.helper("python_module", MODULE)
        context.needs.helper("over_arrow", OVER_ARROW)
        taken = "[" + ", ".join(arrow(parse_type(kind), one) for kind in one.arguments) + "]"
        returns = parse_type(one.returns)
        given = SPARK_ARROW.get(returns.name, arrow(returns, one))
        context.needs.functions[name] = (f"spark.udf.register({literal(one.name)}, over_arrow(python_module({literal(stem)}, {text}).{one.function}, "
                                         f"{taken}, {arrow(returns, one)}, {given}, {literal(spark_name(returns))}))")


def arrow(kind, one):
    if kind.name == "DECIMAL":
        return f"pa.decimal128({kind.parts[0]}, {kind.parts[1]})"
    if kind.name not in ARROW:
        raise Refused(f"function {one.name}: Spark calls no function in Python with a {kind.name}", *one.at)
    return ARROW[kind.name]


def source_literal(source):
    """As it is, in three quotes, where it can be."""
    if "\\" not in source and "'''" not in source and not source.endswith("'"):
        return f"'''\\\n{source}'''"
    return repr(source)


def register_function(needs):
    """`register_functions()`; "" where SQL calls none."""
    if not needs.functions:
        return ""
    return function("register_functions", "spark: SparkSession", "Functions in Python, for SQL.", "\n".join(needs.functions.values()))
