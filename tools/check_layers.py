#!/usr/bin/env python3
"""Fails when a folder includes a folder or a library that layers.txt does not allow, or when layers.txt
lets a folder include one that comes after it: so no two folders can need each other."""

from source_tree import INCLUDE, files, is_test, report, text

# What only tests may include.
TEST_LIBRARIES = ("gtest/", "gmock/")


def read_rules(problems):
    folders, libraries = {}, {}
    for number, line in enumerate(text("layers.txt").splitlines(), 1):
        line = line.split("#")[0].strip()
        place = f"layers.txt:{number}"
        if line.startswith(("<", '"')):
            beginning, *owners = line[1:].split()
            libraries[beginning.rstrip(">")] = set(owners)
            problems.extend(f"{place}: no line above is about '{owner}'"
                            for owner in owners if not has_rule(owner, folders))
        elif line:
            folder, _, allowed = line.partition(":")
            problems.extend(f"{place}: '{folder}' names '{other}', which no line above is about; a folder "
                            "comes after those that it may include" for other in allowed.split()
                            if not has_rule(other, folders))
            folders[folder.strip()] = set(allowed.split())
    return folders, libraries


def has_rule(folder, folders):
    """Folders, connectors/kafka by connectors/*, and all rooms of a folder together, sql/*."""
    return (folder in folders or family(folder) in folders
            or (folder.endswith("/*") and any(known.startswith(folder[:-1]) for known in folders)))


def folder_of(name):
    """sql/tree/x.h -> sql/tree; data/type.h -> data; sluice/base/x.h, what the public headers need of it -> base."""
    return name.rpartition("/")[0].removeprefix("sluice/")


def family(folder):
    return folder.split("/")[0] + "/*" if "/" in folder else folder


def problems_of(path, folders, libraries):
    here = folder_of("/".join(path.parts[1:]))
    rule = folders.get(here, folders.get(family(here)))
    if rule is None:
        yield f"{path}: '{here}' has no rule in layers.txt; add a line '{here}: ...'"
        return
    # The tests of a folder's rooms are one program; those of connectors are not.
    if family(here) not in folders and (is_test(path) or path.stem.endswith("_bench")):
        rule = rule | {family(here)}
    content = text(path)
    for match in INCLUDE.finditer(content):
        kind, target = match.groups()
        place = f"{path}:{content.count(chr(10), 0, match.start(2)) + 1}"
        owners = next((owner for start, owner in libraries.items() if target.startswith(start)), None)
        if owners is not None:
            if here not in owners and family(here) not in owners:
                yield (f"{place}: {target} belongs to {', '.join(sorted(owners))}; "
                       "ask that folder for what you need")
        elif kind == '"' and "/" in target and not target.startswith("support/"):
            there = folder_of(target)
            if there not in folders and family(there) not in folders:
                yield f"{place}: '{there}' is not a folder of ours; a library is included with <>"
            elif there != here and there not in rule and family(there) not in rule:
                yield (f"{place}: '{here}' may not include '{there}' (it may: "
                       f"{' '.join(sorted(rule)) or 'nothing'}); turn the dependency round or "
                       "pass what is needed in through an interface")
        if target.startswith(TEST_LIBRARIES) and not is_test(path):
            yield f"{place}: {target} is for *_test.cc, *conformance.h, *_fixture.h, *_rig.h and test/ only"


def main():
    problems = []
    folders, libraries = read_rules(problems)
    for path in files(".h", ".cc"):
        if path.parts[0] in ("src", "include") and len(path.parts) > 2:
            problems.extend(problems_of(path, folders, libraries))
    report(problems, "layers", "The rules are in layers.txt.")


main()
