"""What `import sluice` gives; apart from it, so that the command `sluice` imports nothing of this."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sluice._program import PROGRAM


class Error(RuntimeError):
    """What the program has said when it ended with an error.

    `exit_code` is its exit code: 2 is a mistake in the file, an option or the SQL; 3 somebody else's turn (another
    run has the checkpoint or the table); 4 what is stored does not fit together; 1 everything else."""

    def __init__(self, message, exit_code):
        super().__init__(message)
        self.exit_code = exit_code


def _command(name, positionals, options):
    """`available_now=True` is --available-now, `log_folder="x"` is --log-folder x, a list gives an option each."""
    command = [PROGRAM, name]
    for key, value in options.items():
        flag = "--" + key.replace("_", "-")
        if value is True:
            command.append(flag)
        elif value not in (None, False):
            for one in value if isinstance(value, (list, tuple)) else [value]:
                command += [flag, str(one)]
    return [*command, *(os.fspath(each) for each in positionals)]


def _end(done):
    if done.returncode:
        raise Error((done.stderr or "").strip() or f"sluice ended with {done.returncode}", done.returncode)
    return done.stdout


def check(*files, env=None, **options):
    """Checks pipeline files without running them; raises Error, which names file, line and column."""
    return _end(subprocess.run(_command("check", files, options), capture_output=True, text=True, env=_environment(env)))


def run(*files, env=None, **options):
    """Runs pipelines until they end (`available_now=True`: at the end of what is there now) and returns what was
    printed. `env`: more environment variables, for ${NAME} in the file. Raises Error. Ctrl+C ends it in order."""
    process = start(*files, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    try:
        out, err = process.communicate()
    except KeyboardInterrupt:
        out, err = process.communicate()  # it has got the signal, too, and ends the batch in hand
    return _end(subprocess.CompletedProcess(process.args, process.returncode, out, err))


def start(*files, env=None, stdin=None, stdout=None, stderr=None, text=None, **options):
    """Starts pipelines and returns the process: `terminate()` ends it in order, `kill()` at once; neither loses a row."""
    return subprocess.Popen(_command("run", files, options), stdin=stdin, stdout=stdout, stderr=stderr, text=text, env=_environment(env))


def sql(query, env=None, **options):
    """The rows of a SELECT over Delta tables, files, a checkpoint or a running pipeline, as a pyarrow.Table (`.to_pandas()`,
    `polars.from_arrow(...)`). Needs pyarrow: `pip install sluice[arrow]`. Raises Error."""
    try:
        import pyarrow.parquet
    except ImportError:
        raise ImportError("sluice.sql needs pyarrow: pip install 'sluice[arrow]'") from None
    with tempfile.TemporaryDirectory(prefix="sluice-sql-") as folder:
        target = Path(folder) / "rows.parquet"
        command = _command("sql", [], {**options, "format": "parquet", "output": target}) + [query]
        _end(subprocess.run(command, capture_output=True, text=True, env=_environment(env)))
        return pyarrow.parquet.read_table(target)


def _environment(more):
    """Functions in Python run by this one, with the packages that it has, unless SLUICE_PYTHON names another."""
    given = {name: str(value) for name, value in (more or {}).items()}
    return {"SLUICE_PYTHON": sys.executable, **os.environ, **given}
