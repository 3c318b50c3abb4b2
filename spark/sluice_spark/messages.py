"""What users read: lines of the log, and errors with their place in the file."""

import sys
import time
from pathlib import Path

LEVELS = ("trace", "debug", "info", "warn", "error", "off")


class Log:
    """Lines like those of sluice itself, on standard error."""

    def __init__(self, level="info"):
        self.least = LEVELS.index(level) if level in LEVELS else LEVELS.index("info")

    def info(self, text):
        self._line("info", text)

    def warn(self, text):
        self._line("warn", text)

    def _line(self, level, text):
        if LEVELS.index(level) >= self.least:
            now = time.time()
            clock = time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now * 1000) % 1000:03}"
            print(f"{clock} {level:5} {text}", file=sys.stderr, flush=True)


def refusal(plan, refused):
    """`error: file:line:column: what is wrong`, with the line and a mark below it."""
    text = f"error: {plan.file}:{refused.line}:{refused.column}: {refused.message}"
    try:
        lines = (Path(plan.folder) / plan.file).read_text(encoding="utf-8").splitlines()
        line = lines[refused.line - 1]
    except (OSError, IndexError, UnicodeDecodeError):
        return text
    return f"{text}\n{refused.line:5} | {line}\n      | {' ' * (refused.column - 1)}^"


def user_errors():
    """Errors of Spark's that the user has to do something about."""
    from pyspark.errors import AnalysisException, ParseException

    return AnalysisException, ParseException


def shown_error(plan, error):
    """An error of Spark's analysis in one line."""
    return f"error: {plan.file}: {words_of(error)}"


def words_of(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).split(";\n")[0].rstrip(";")
