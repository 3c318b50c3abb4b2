#!/usr/bin/env python3
"""Writes a C++ source with the files of the live page, for cmake/EmbedWeb.cmake.

    embed_web.py WEB UPLOT LAND OUTPUT

WEB is the folder web/; UPLOT the folder with uplot.js and its licence, LAND the one with Natural Earth's
land: both of third_party/dependencies.lock. With OUTPUT ending in '/' the files themselves are written
there, to look at.
"""

import hashlib
import json
import pathlib
import posixpath
import re
import subprocess
import sys
import tempfile

import saved_page

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml", ".LICENSE": "text/plain; charset=utf-8"}
NORTH, SOUTH = 84, -57  # no land beyond, or only ice
LAND = "js/land.js"  # stays a file of its own: its letters are no words, and compress better alone
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def rings(topology):
    """The closed lines of a TopoJSON's land, in degrees; the even-odd rule says what is inside."""
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
        arcs.append(points)
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in polygons:
            for ring in polygon:
                line = []
                for index in ring:
                    part = arcs[index] if index >= 0 else arcs[~index][::-1]
                    line += part[1:] if line else part
                yield line


def land(topology):
    """One bit a cell of one degree, true when its middle is land: from north to south, west to east."""
    lines = list(rings(topology))
    for row in range(NORTH - SOUTH):
        latitude = NORTH - row - 0.5
        crossings = []
        for line in lines:
            for (x1, y1), (x2, y2) in zip(line, line[1:]):
                if (y1 > latitude) != (y2 > latitude):
                    crossings.append(x1 + (latitude - y1) / (y2 - y1) * (x2 - x1))
        for column in range(360):
            yield sum(x < column - 179.5 for x in crossings) % 2 == 1


def run_lengths(bits):
    """Lengths of runs, sea first, in digits of five bits; the sixth bit: more digits follow."""
    text, run, current = [], 0, False
    for bit in [*bits, None]:
        if bit == current:
            run += 1
            continue
        digits = [run & 31]
        while run := run >> 5:
            digits.append(run & 31 | 32)
        text += [DIGITS[digit] for digit in reversed(digits)]
        run, current = 1, bit
    return "".join(text)


def land_module(folder):
    topology = json.loads((folder / "land-110m.json").read_text())
    return f"export const NORTH={NORTH},SOUTH={SOUTH},LAND='{run_lengths(land(topology))}';\n".encode()


TOKEN = re.compile(r"""
    (?P<note> //[^\n]* | /\*.*?\*/)
  | (?P<text> '(?:[^'\\\n]|\\.)*' | "(?:[^"\\\n]|\\.)*")
  | (?P<regex> (?<![\w)\]}\s])/(?![/*])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/ | (?<=[(,=>:?&|!;]\ )/(?![/*\ ])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/)
  | (?P<space> \s+)
  | (?P<word> [\w$]+)
  | (?P<mark> .)""", re.VERBOSE | re.DOTALL)


def squeezed_script(script):
    """The script without comments and without spaces that mean nothing. A line ends where it could be
    a semicolon; what is const here is let there. Templates are left as they are, with what they hold."""
    out, space, at = [], "", 0
    while token := TOKEN.match(script, at):
        at = token.end()
        if token.lastgroup in ("note", "space"):
            space = "\n" if "\n" in token[0] or space == "\n" else space or " "
            continue
        last, first = (out[-1][-1] if out else "\n"), token[0][0]
        if (space == "\n" and last not in ";{,([=?:&|" and first not in "})].?:") or (space and (is_word(last) and is_word(first) or last + first in ("++", "--", "+-", "-+"))):
            out.append(space if out else "")
        if first == "`":
            at = template_end(script, at)
        out.append("let" if token[0] == "const" else script[token.start():at])
        space = ""
    return "".join(out) + "\n"


def template_end(script, at):
    """Where the template ends whose first backquote lies before `at`; there may be templates in it."""
    depth = 0
    while script[at] != "`" or depth:
        if script[at] == "`":
            at = template_end(script, at + 1)
            continue
        depth += (script.startswith("${", at) or (depth > 0 and script[at] == "{")) - (depth > 0 and script[at] == "}")
        at += 2 if script[at] == "\\" or script.startswith("${", at) else 1
    return at + 1


def is_word(letter):
    return letter.isalnum() or letter in "_$#"


def squeezed_style(style):
    """The same for a style sheet; before a colon a space means something."""
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    style = re.sub(r"\s*([{};,>])\s*", r"\1", re.sub(r"\s+", " ", style))
    return re.sub(r": (?=[^{}]*[;}])", ":", style).replace(";}", "}").strip() + "\n"


def packed(content):
    """As gzip, by zopfli, which is 4 % smaller than the best of zlib."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return subprocess.run(["zopfli", "-c", file.name], stdout=subprocess.PIPE, check=True).stdout


APP, LAZY = "js/app.js", "js/lazy/"
BUILD = "const BUILD = '';\n"  # in js/lazy.js: which files belong together
IMPORT = re.compile(r"^import \{([^}]*)\} from '([^']*)';\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:const|let|function) ([\w$]+)", re.MULTILINE)
TOP_LINE = re.compile(r"^(?:async )?(?:(?:const|let) .*|function [\w$]+)", re.MULTILINE)
TOP_NAME = re.compile(r"(?:^(?:const|let|function|async function) |, )([\w$]+)(?= =|$)")
LATER = "import(`./lazy/"  # the only import that is asked for when it is needed, of js/lazy.js
LOADED = re.compile(r"\b(?:lazy|lazyPage|load)\('([^']+)'\)")


class Joined:
    """One module of many: compressed together they are a quarter smaller. A module comes after those that
    it imports; since they share a scope then, a name at the top of two is an error, as is `import ... as`.
    `is_own(path)` says what belongs into it. Of the rest it lists the names that it takes, {path: names}."""

    def __init__(self, modules, first, is_own):
        self.modules, self.is_own = modules, is_own
        self.order, self.taken, self._bodies = [], {}, []
        self._visit(first)
        self._check()
        self.script = "".join(self._bodies)

    def _visit(self, name):
        self.order.append(name)
        for names, target in IMPORT.findall(self.modules[name]):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            if path not in self.modules and path != LAND:
                sys.exit(f"web/{name}: imports {target}, and there is no web/{path}")
            names = {each.strip() for each in names.split(",")}
            if path != LAND and (missing := names - set(EXPORT.findall(self.modules[path]))):
                sys.exit(f"web/{name}: imports {sorted(missing)[0]}, which web/{path} does not export")
            if not self.is_own(path):
                self.taken.setdefault(path, set()).update(names)
            elif path not in self.order:
                self._visit(path)
        self._bodies.append(IMPORT.sub("", self.modules[name]))

    def _check(self):
        seen = {}
        for name in self.order:
            body = re.sub(r"^export ", "", IMPORT.sub("", self.modules[name]), flags=re.MULTILINE)
            for line in TOP_LINE.findall(body):
                for top in TOP_NAME.findall(re.split(r"[(\[{]", line)[0]):
                    if seen.setdefault(top, name) != name:
                        sys.exit(f"web/{name}: '{top}' is at the top of web/{seen[top]}, too; give one of them another name")
            if re.search(r"^import |\bimport\(", body.replace(LATER, ""), re.MULTILINE):
                sys.exit(f"web/{name}: an import that cannot be joined; write: import {{ a, b }} from './c.js';")


def imports(names, path):
    return f"import {{ {', '.join(sorted(names))} }} from '{path}';\n"


def scripts(modules):
    """{path: script}: js/app.js, which is loaded at first, and the files of js/lazy/, which are loaded when they are
    needed. A lazy module has what lies in the folder of its name for itself; what it imports of the rest, js/app.js
    exports to it, so that there is one of each."""
    app = Joined(modules, APP, lambda path: path != LAND and not path.startswith(LAZY))
    if early := [path for path in app.taken if path != LAND]:
        sys.exit(f"web/{early[0]}: is imported from outside of web/{LAZY}; load('NAME') of js/lazy.js loads it when it is needed")
    made, shared, used = {}, set(), set(app.order)
    for name in sorted(path for path in modules if re.fullmatch(LAZY + r"[^/]+\.js", path)):
        lazy = Joined(modules, name, lambda path: path == name or path.startswith(name.removesuffix(".js") + "/"))
        names = set()
        head = ""
        for path, taken in sorted(lazy.taken.items()):
            if path in app.order:
                names |= taken
            elif posixpath.dirname(path) == posixpath.dirname(LAZY):
                head += imports(taken, "./" + posixpath.basename(path))
            else:
                sys.exit(f"web/{name}: imports web/{path}, which web/{APP} has not got; move it to web/{name.removesuffix('.js')}/")
        shared |= names
        used |= set(lazy.order)
        inner = [modules[path] for path in lazy.order if path != name]
        exported = re.sub(r"^export ", "", "".join(IMPORT.sub("", each) for each in inner), flags=re.MULTILINE)
        made[name] = (imports(names, "../app.js") if names else "") + head + exported + IMPORT.sub("", modules[name])
    loaded = {f"{LAZY}{each}.js": name for name in modules for each in LOADED.findall(modules[name])}
    if missing := sorted(set(loaded) - set(modules)):
        sys.exit(f"web/{loaded[missing[0]]}: loads web/{missing[0]}, which is not there")
    if unused := sorted((set(modules) - used) | (set(made) - set(loaded))):
        sys.exit(f"web/{unused[0]}: nothing imports it, or loads it")
    land_names = app.taken.get(LAND, set())
    made[APP] = imports(land_names, "./land.js") + re.sub(r"^export ", "", app.script, flags=re.MULTILINE) + f"export {{ {', '.join(sorted(shared))} }};\n"
    return made


def collect(web, uplot, natural_earth):
    """{path: content}, paths as the server serves them."""
    files = {path.relative_to(web).as_posix(): path.read_bytes() for path in sorted(web.rglob("*")) if path.suffix in TYPES}
    modules = {name: files.pop(name).decode() for name in list(files) if name.startswith("js/")}
    files["app.css"] = squeezed_style(files["app.css"].decode()).encode()
    files["early.js"] = squeezed_script(files["early.js"].decode()).encode()
    files["vendor/uplot.js"] = (uplot / "uplot.js").read_bytes()
    files["vendor/uplot.LICENSE"] = (uplot / "LICENSE").read_bytes()
    files[LAND] = land_module(natural_earth)
    made = scripts(modules)
    if made[APP].count(BUILD) != 1:
        sys.exit(f"web/js/lazy.js: has no line {BUILD.strip()}")
    together = hashlib.sha256("".join(made.values()).encode() + b"".join(files.values())).hexdigest()[:12]
    build = BUILD.replace("''", f"'{together}'")
    for name, script in made.items():
        script = script.replace(BUILD, build) if name == APP else script + "export " + build
        files[name] = squeezed_script(script).encode()
    return dict(sorted(files.items()))


def literal(content):
    """A C++ string literal; three octal digits, so that what follows is never part of an escape."""
    plain = {byte: chr(byte) for byte in range(32, 127) if chr(byte) not in '"\\?'}
    text = "".join(plain.get(byte) or f"\\{byte:03o}" for byte in content)
    return f'"{text}"'


def string(content):
    return f"std::string_view({literal(content)}, {len(content)})"


def source(files):
    entries = []
    for name, content in files.items():
        small = packed(content)
        kind = TYPES[pathlib.PurePosixPath(name).suffix]
        etag = hashlib.sha256(content).hexdigest()[:16]
        path = "/" if name == "index.html" else f"/{name}"
        entries.append(f'    {{"{path}", "{kind}", "\\"{etag}\\"",\n     std::span<const char>({literal(content)}, {len(content)}),\n'
                       f"     std::span<const char>({literal(small)}, {len(small)})}},\n")
    return f"""// Written by cmake/embed_web.py from web/.
#include "web/web_files.h"

#include <array>

namespace sluice::web {{

std::span<const WebFile> web_files() {{
  static constexpr auto kFiles = std::to_array<WebFile>({{
{"".join(entries)}  }});
  return kFiles;
}}

SavedPage saved_page() {{
  return {{{", ".join(string(part.encode()) for part in saved_page.parts(files))}}};
}}

}}  // namespace sluice::web
"""


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    web, uplot, natural_earth = map(pathlib.Path, sys.argv[1:4])
    files = collect(web, uplot, natural_earth)
    if not sys.argv[4].endswith("/"):
        pathlib.Path(sys.argv[4]).write_text(source(files))
        return
    for name, content in files.items():
        target = pathlib.Path(sys.argv[4]) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    pathlib.Path(sys.argv[4], "saved.html").write_text("{}".join(saved_page.parts(files)))


main()
