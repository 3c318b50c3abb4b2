"""sluice turns streams into tables; this module starts it and takes over what it finds.

    import sluice

    sluice.run("pipeline.yaml", available_now=True)
    table = sluice.sql("SELECT k, count(*) AS n FROM 'lake/orders' GROUP BY k")   # a pyarrow.Table
    table.to_pandas()

Every option is the program's: `sluice run --help`, `sluice sql --help`.
"""

__all__ = ["Error", "PROGRAM", "check", "run", "sql", "start"]


def __getattr__(name):
    if name == "__version__":
        from importlib.metadata import version

        return version("sluice")
    if name in __all__:
        from sluice import _api

        return getattr(_api, name)
    raise AttributeError(f"module 'sluice' has no attribute {name!r}")


def __dir__():
    return [*__all__, "__version__"]
