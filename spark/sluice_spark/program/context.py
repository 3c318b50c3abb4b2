"""What the modules of the generator share while they write one program."""

from ..errors import Refused
from .needs import Needs
from .values import Values


class Context:
    def __init__(self, plan):
        self.plan = plan
        self.needs = Needs()
        self.values = Values(plan, self.needs)
        self.stores = {}  # bucket: the scheme by which it is reached, s3 or a mount's name
        self.unset = []  # variables that must be set for a run, with their places
        self.refusals = []  # Refused, each with its place in the file

    def attempt(self, made, *arguments, at=None):
        """What made(*arguments) returns; a refusal is kept, so that all of them are shown at once. One
        that does not know its place is `at`."""
        try:
            return made(*arguments)
        except Refused as refused:
            if at and (refused.line, refused.column) == (1, 1):
                refused.line, refused.column = at
            if all(str(refused) != str(one) for one in self.refusals):
                self.refusals.append(refused)
            return None

    def note(self, text):
        self.needs.note(text)

    def setting(self, name, expression):
        return self.needs.setting(name, expression)

    def module(self, name, expression=""):
        return self.needs.module(name, expression)

    def ignore(self, part, names, why):
        """Notes options that the file gives and Spark has no use for."""
        given = [name for name in names if name in part.given]
        if given:
            self.note(f"{part.kind}: {', '.join(given)}: {why}")

    def refuse_given(self, part, reasons):
        """Refuses options by name; what they are by default is no wish."""
        for name, reason in reasons.items():
            if name in part.given and part.options.get(name) not in (None, False, 0, "", [], {}):
                part.refuse(name, f"'{name}' has no equal on Spark: {reason}")


def interval(microseconds):
    """A duration as Spark reads it."""
    for unit, size in (("days", 86_400_000_000), ("hours", 3_600_000_000), ("minutes", 60_000_000),
                       ("seconds", 1_000_000), ("milliseconds", 1000)):
        if microseconds % size == 0:
            return f"{microseconds // size} {unit if microseconds != size else unit[:-1]}"
    return f"{microseconds} microseconds"
