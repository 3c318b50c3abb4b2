"""What the parts of a program ask of the rest of it: imports, settings, helpers, packages, Spark's settings."""

import re

MODULES = {
    "os": "import os",
    "json": "import json",
    "Path": "from pathlib import Path",
    "F": "from pyspark.sql import functions as F",
    "Window": "from pyspark.sql import Window",
    "Column": "from pyspark.sql import Column",
    "to_avro": "from pyspark.sql.avro.functions import to_avro",
    "from_avro": "from pyspark.sql.avro.functions import from_avro",
    "to_protobuf": "from pyspark.sql.protobuf.functions import to_protobuf",
    "from_protobuf": "from pyspark.sql.protobuf.functions import from_protobuf",
    "StreamingQuery": "from pyspark.sql.streaming import StreamingQuery",
    "pa": "import pyarrow as pa",
    "types": "import types",
    "arrow_udf": "from pyspark.sql.functions import arrow_udf",
    "is_remote": "from pyspark.sql.utils import is_remote",
}


# Constants of every program.
RESERVED = {"PIPELINE", "PACKAGES", "CHECKPOINT", "JSON"}


class Needs:
    """Collected while the parts are written."""

    def __init__(self):
        self.modules = set()
        self.settings = {}  # constant: expression
        self.helpers = {}  # name: text
        self.packages = []  # keys of session.PACKAGES
        self.conf = {}  # Spark's settings: name: expression
        self.later = {}  # those that are set once the session is there: expression: expression
        self.functions = {}  # of Python that SQL calls: name: a line that registers it
        self.notes = []

    def module(self, name, expression=""):
        """The expression, for which the module is imported."""
        self.modules.add(name)
        return expression

    def setting(self, name, expression):
        """The name of a constant at the top of the program that has the value."""
        candidate, number = f"{name}_" if name in RESERVED else name, 2
        while self.settings.get(candidate, expression) != expression:
            candidate, number = f"{name}_{number}", number + 1
        self.settings[candidate] = expression
        return candidate

    def helper(self, name, text):
        """A function that the program defines once."""
        self.helpers.setdefault(name, text)
        for module in MODULES:
            if re.search(rf"(?<![\w.]){module}(\.|\()|(->|:) {module}\b", text):
                self.modules.add(module)
        return name

    def package(self, *names):
        for name in names:
            if name not in self.packages:
                self.packages.append(name)

    def note(self, text):
        """A line for the user: what is otherwise on Spark."""
        if text not in self.notes:
            self.notes.append(text)
