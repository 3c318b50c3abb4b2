#!/usr/bin/env python3
"""Fails when an exception is thrown or caught, or a thread started, where STYLE.md ("Errors") does not say
so, and when a public function lets exceptions out."""

import re

from source_tree import files, is_test, report, text

# Who catches what, and why there.
CATCHES = {
    "src/base/border.h": "the border of public functions, threads and callbacks of C libraries",
    "src/base/border.cc": "says what was caught there",
    "src/base/log.cc": "spdlog, when the file of the log cannot be opened",
    "src/io/bridge_error.h": "the border of the Rust bridge",
    # Libraries whose way to report is an exception, each in the file that calls it.
    "src/config/yaml.cc": "yaml-cpp",
    "src/cli/program.cc": "CLI11",
    "src/connectors/kafka/register.cc": "std::regex",
}
THROWS = {"src/base/border.cc": "looks at the exception in hand"}
STARTS_THREADS = ("src/base/thread.h", "src/base/thread.cc")

COMMENT = re.compile(r"//[^\n]*")
TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"')
# Interfaces of include/sluice, and what implements them.
IMPLEMENTATIONS = {"HostedPipeline": "Hosted", "SinkBatch": "StagedBatch"}
# Programs implement these; connectors/custom calls them within at_program().
OF_PROGRAMS = ("RecordSource", "RecordSink")
DEFINED_IN = ("src/app/", "src/connectors/custom/", "src/sql/udf/")
PUBLIC = re.compile(r"^ *(?:static |virtual )?(?:Result<[^;()]*>|Status)\s+(\w+)\(", re.MULTILINE)
CLASS = re.compile(r"^class (\w+) \{.*?^\};", re.MULTILINE | re.DOTALL)


def code(path):
    """Without comments and texts, whose lengths stay."""
    def blank(match):
        return " " * len(match.group())
    return TEXT.sub(blank, COMMENT.sub(blank, text(path)))


def place(path, content, at):
    return f"{path}:{content.count(chr(10), 0, at) + 1}"


def misplaced(path):
    content = code(path)
    name = str(path)
    if name not in CATCHES:
        for match in re.finditer(r"\bcatch \(", content):
            yield (f"{place(path, content, match.start())}: no exception is caught here; a border is "
                   "at_border() (base/border.h), a thread start_thread() (base/thread.h)")
    if name not in THROWS:
        for match in re.finditer(r"\bthrow\b", content):
            yield f"{place(path, content, match.start())}: we do not throw; return an Error"
    if name not in STARTS_THREADS:
        for match in re.finditer(r"std::j?thread(?:\s+\w+)?\s*[({]", content):
            yield f"{place(path, content, match.start())}: start_thread() (base/thread.h) starts threads"
        if "jthread" in content and path.suffix == ".cc" and "start_thread(" not in content:
            yield f"{path}: start_thread() (base/thread.h) starts threads"


def public_functions():
    """As a definition names them: list_backups, Pipeline::load."""
    for path in files(".h"):
        if path.parts[0] != "include" or path.parts[2] == "base":
            continue
        content = code(path)
        classes = [(match.start(), match.end(), match.group(1)) for match in CLASS.finditer(content)]
        for match in PUBLIC.finditer(content):
            owner = next((name for start, end, name in classes if start < match.start() < end), "")
            is_template = content[:match.start()].rstrip().rpartition("\n")[2].startswith("template <")
            if owner in OF_PROGRAMS or is_template:  # which runs within what it calls
                continue
            owner = IMPLEMENTATIONS.get(owner, owner)
            yield path, f"{owner}::{match.group(1)}" if owner else match.group(1)


def open_functions():
    sources = {path: text(path) for path in files(".cc") if str(path).startswith(DEFINED_IN)}
    for header, name in public_functions():
        definition = re.compile(r"^(?:Result<[^;{}]*>|Status) " + re.escape(name) + r"\([^;{]*\{\n(.*)$",
                                re.MULTILINE)
        found = [match for content in sources.values() for match in definition.finditer(content)]
        if not found:
            yield f"{header}: {name}() has no definition in {' or '.join(DEFINED_IN)} that this check can read"
        elif not any("return at_border(" in match.group(1) for match in found):
            yield f"{header}: {name}() must begin with `return at_border(` (base/border.h): it lets exceptions out"


def main():
    problems = []
    for path in files(".h", ".cc"):
        if path.parts[0] == "src" and not is_test(path) and not path.stem.endswith(("_bench", "_doubles")):
            problems.extend(misplaced(path))
    for name in [*CATCHES, *THROWS]:
        if "catch (" not in text(name):
            problems.append(f"tools/check_borders.py: {name} catches nothing; take it off the list")
    problems.extend(open_functions())
    report(problems, "borders", "STYLE.md says where exceptions end.")


main()
