"""Options of the file as expressions of the program: variables of the environment, secrets, paths."""

import posixpath
import re

from ..errors import Refused
from .code import constant, literal

# ${NAME}, ${NAME:-default}, ${env:NAME}, ${file:/path}; `$$` is a dollar.
VARIABLE = re.compile(r"\$\$|\$\{(?P<kind>env:|file:)?(?P<name>[^}:]+)(?::-(?P<default>[^}]*))?\}")

LOCATION = '''\
def location(path: str) -> str:
    """A path as executors understand it: they know no s3://, and not this program's folder."""
    if path.startswith("s3://"):
        return "s3a://" + path.removeprefix("s3://")
    return path if "://" in path else os.path.abspath(path)
'''

CONTENT = '''\
def content(path: str) -> str:
    """What is in a file, such as a mounted secret, without the line end."""
    return Path(path).read_text(encoding="utf-8").rstrip("\\n")
'''


class Values:
    """Expressions, and what they need at the top of the program. `environment` has what the program must
    find in its environment to get the plan's own values."""

    def __init__(self, plan, needs):
        self.plan = plan
        self.needs = needs  # Needs
        self.environment = {}

    def text(self, part, name, owner=""):
        """The expression of a text, number or boolean."""
        return self.expression(part.options[name], part.written.get(name), name in part.secrets,
                               f"{owner}_{name}" if owner else name)

    def entry(self, part, option, key, owner=""):
        """The same, of one entry of a map or list."""
        path = f"{option}.{key}"
        return self.expression(part.options[option][key], part.written.get(path), path in part.secrets,
                               f"{owner}_{key}" if owner else str(key))

    def expression(self, value, written, is_secret, name):
        if written and VARIABLE.search(written):
            return self._formatted(value, written)
        if not is_secret:
            return literal(value)
        variable = constant(name)
        self.environment[variable] = str(value)
        self.needs.note(f"the file has the secret {name} in clear; the program reads it from the variable {variable}")
        return self.needs.module("os", f'os.environ["{variable}"]')

    def path(self, part, name="path"):
        """The expression of a path, in Spark's words: s3a://, mounts resolved, absolute."""
        return self.place(part.options[name], part.written.get(name), part.place(name))

    def checkpoint(self):
        """The checkpoint's folder; where the plan does not say how it is written, by the variable it begins with."""
        value, written = self.plan.checkpoint, self.plan.written.get("checkpoint")
        for name, known in self.environment.items():
            if not written and known and (value + "/").startswith(known.rstrip("/") + "/") and name in self.needs.settings:
                return self.place(value, "${" + name + ":-" + self._default(name) + "}" + escape(value[len(known):]), (1, 1))
        return self.place(value, written, (1, 1))

    def _default(self, name):
        found = re.fullmatch(r'os\.environ\.get\("\w+"\) or "(.*)"', self.needs.settings[name])
        return found[1] if found else ""

    def place(self, value, written, at):
        """The expression of a path that the file has at `at`."""
        found = re.match(r"([A-Za-z][\w+.-]*)://(.*)", value, re.S)
        scheme, rest = found.groups() if found else ("", value)
        if scheme in self.plan.mounts:
            if written and not written.startswith(scheme + "://"):
                written = None  # the mount itself comes out of a variable
            return self._mounted(self.plan.mounts[scheme], rest, written and written.split("://", 1)[1])
        if scheme == "s3" and (written or value).startswith("s3://"):
            return self.expression("s3a://" + rest, written and "s3a" + written[2:], False, "")
        if scheme == "gs" or scheme == "az":
            raise Refused(f"'{scheme}://' paths are not tried on Spark: use s3:// or a mount", *at)
        text = self.expression(value, written, False, "")
        if (written or value).startswith("/") or (scheme and (written or value).startswith(scheme)):
            return text
        self.needs.module("os", "")
        if text == literal(value):
            return f"os.path.abspath({text})"
        self.needs.helper("location", LOCATION)
        return f"location({text})"

    def _mounted(self, mount, rest, written):
        """A path below a mount, of a bucket that may come out of a variable, too."""
        bucket, prefix = mount.options["bucket"], mount.get("prefix", "").strip("/")
        texts = [mount.written.get("bucket", escape(bucket)),
                 mount.written.get("prefix", escape(prefix)).strip("/"), written or escape(rest)]
        value = "s3a://" + posixpath.join(*(one for one in (bucket, prefix, rest) if one))
        return self.expression(value, "s3a://" + "/".join(one for one in texts if one), False, "")

    def _formatted(self, value, written):
        """A text with ${...} in it: a constant, or an f-string over constants."""
        pieces, end = [], 0
        for found in VARIABLE.finditer(written):
            if found.start() > end:
                pieces.append(written[end:found.start()])
            pieces.append("$" if found[0] == "$$" else self._variable(found))
            end = found.end()
        if end < len(written):
            pieces.append(written[end:])
        self._remember(str(value), written)
        if len(pieces) == 1 and not isinstance(pieces[0], str):
            return self._typed(pieces[0].expression, value)
        text = "".join("{" + one.expression + "}" if not isinstance(one, str)
                       else one.replace("{", "{{").replace("}", "}}") for one in pieces)
        if '"' in text or "\\" in text:
            text = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'f"{text}"' if any(not isinstance(one, str) for one in pieces) else literal("".join(pieces))

    def _typed(self, expression, value):
        if isinstance(value, bool):
            return f'{expression} == "true"'
        if isinstance(value, (int, float)):
            return f"{type(value).__name__}({expression})"
        return expression

    def _variable(self, found):
        if found["kind"] == "file:":
            self.needs.module("Path", "")
            self.needs.helper("content", CONTENT)
            name = constant(posixpath.basename(found["name"]))
            return Expression(self.needs.setting(name, f"content({literal(found['name'])})"))
        self.needs.module("os", "")
        default = found["default"]
        name = found["name"]
        if default is None:
            text = f'os.environ["{name}"]'
        elif default == "":
            text = f'os.environ.get("{name}", "")'
        else:
            text = f'os.environ.get("{name}") or {literal(default)}'
        return Expression(self.needs.setting(constant(name), text))

    def _remember(self, value, written):
        """What variables the plan's value was made of, where that can be seen in it."""
        pattern, end, seen = "", 0, set()
        for found in VARIABLE.finditer(written):
            pattern += re.escape(written[end:found.start()])
            end = found.end()
            if found[0] == "$$":
                pattern += re.escape("$")
            elif found["kind"] == "file:":
                pattern += ".*?"
            elif found["name"] in seen:
                pattern += f"(?P={found['name']})"
            else:
                seen.add(found["name"])
                pattern += f"(?P<{found['name']}>.*?)"
        match = re.fullmatch(pattern + re.escape(written[end:]), value, re.S)
        if match:
            self.environment.update(match.groupdict())


class Expression:
    def __init__(self, expression):
        self.expression = expression


def escape(text):
    """A text that has no variables, as the file would have to write it."""
    return text.replace("$", "$$")


def shown(part, name="path"):
    """An option for people: variables by their names."""
    value = part.options.get(name)
    if isinstance(value, list):
        texts = [part.written.get(f"{name}.{number}", one) for number, one in enumerate(value)]
        texts = [part.written[name]] if name in part.written else texts
    else:
        texts = [part.written.get(name, str(value))]
    return ", ".join(VARIABLE.sub(lambda found: found["name"] or "$", one) for one in texts)
