"""What is inside the program: crates, libraries that are compiled or linked in, and shared libraries of Debian's.

As a CycloneDX document (cyclonedx()), and as one file of everybody's licences (licence_texts()).
"""

import json
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TARGET = "x86_64-unknown-linux-gnu"
# Of third_party/dependencies.lock: package URL and licence. Their notices are in packaging/licenses, but for those
# that bring them along.
LOCKED = {
    "duckdb": ("pkg:github/duckdb/duckdb@v{}", "MIT"),
    "librdkafka": ("pkg:github/confluentinc/librdkafka@v{}", "BSD-2-Clause"),
    "simdjson": ("pkg:github/simdjson/simdjson@v{}", "Apache-2.0 OR MIT"),
    "uplot": ("pkg:npm/uplot@{}", "MIT"),
    "world_atlas": ("pkg:npm/world-atlas@{}", "ISC"),
}
# Packages of Debian's whose headers or archives are compiled in, and that leave no shared library to be found.
COMPILED_IN = ("nlohmann-json3-dev", "libcli11-dev", "libxxhash-dev", "libboost1.74-dev", "libprotobuf-dev", "zlib1g-dev")
# Boost's 2 MB of names need not come along: its licence asks for no notice in object code.
OBJECT_CODE = {"libboost1.74-dev": "License: BSL-1.0\n\nBoost Software License 1.0, of https://www.boost.org/LICENSE_1_0.txt: headers only.\n"}
LICENCE_FILES = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|UNLICENSE|COPYRIGHT)", re.IGNORECASE)


@dataclass(frozen=True)
class Component:
    """`texts`: its licence and notices, as it brings them; `sha256` of the archive that it came in, or ""."""

    name: str
    version: str
    purl: str
    licence: str
    texts: tuple
    sha256: str = ""


def components(libraries, home):
    """All of them, by package URL. `libraries`: paths of the shared libraries that lie beside the program; `home`: where
    tools/install_dependencies.sh has put the others."""
    found = [*crates(), *locked(home), *(debian(name) for name in COMPILED_IN)]
    packages = sorted({package_of(path) for path in libraries})
    return sorted(found + [debian(name) for name in packages], key=lambda one: one.purl)


def crates():
    listed = json.loads(run("cargo", "metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", TARGET,
                            cwd=ROOT / "rust"))
    packages = {one["id"]: one for one in listed["packages"]}
    needs = {node["id"]: [one["pkg"] for one in node["deps"] if any(kind["kind"] is None for kind in one["dep_kinds"])]
             for node in listed["resolve"]["nodes"]}
    lock = (ROOT / "rust" / "Cargo.lock").read_text(encoding="utf-8")
    sums = {(name, version): checksum for name, version, checksum
            in re.findall(r'name = "(.+?)"\nversion = "(.+?)"\nsource = .*\nchecksum = "(\w+)"', lock)}
    reached, todo = set(), [listed["resolve"]["root"]]
    while todo:
        one = todo.pop()
        if one not in reached:
            reached.add(one)
            todo += needs[one]
    for one in sorted(reached - {listed["resolve"]["root"]}):
        package = packages[one]
        if any("proc-macro" in target["kind"] for target in package["targets"]):
            continue  # it runs while others are compiled, and is not in the program
        folder = Path(package["manifest_path"]).parent
        texts = tuple(read(path) for path in sorted(folder.iterdir()) if path.is_file() and LICENCE_FILES.match(path.name))
        yield Component(package["name"], package["version"], f"pkg:cargo/{package['name']}@{package['version']}",
                        re.sub(r" *(/|  OR  ) *", " OR ", package["license"] or "NOASSERTION"), texts,
                        sums.get((package["name"], package["version"]), ""))


def locked(home):
    for line in (ROOT / "third_party" / "dependencies.lock").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, version, _, _, sha256 = line.split()
            purl, licence = LOCKED[name]
            own = Path(home) / "deps" / f"{name}-{version}" / "LICENSE"
            text = read(own if own.exists() else HERE / "licenses" / f"{name}.txt")
            yield Component(name, version, purl.format(version), licence, (text,), sha256)


def debian(package):
    """A package that is installed here. Its copyright file is the licence, in Debian's own form."""
    version, source = run("dpkg-query", "-W", "-f", "${Version} ${source:Package}", package).split()
    architecture = run("dpkg", "--print-architecture").strip()
    purl = f"pkg:deb/debian/{package}@{quote(version, safe='.-~')}?arch={architecture}&distro=debian-12"
    text = OBJECT_CODE.get(package) or read(Path("/usr/share/doc") / package / "copyright")
    names = sorted(set(re.findall(r"^License: *(\S[^\n]*)$", text, re.MULTILINE)))
    return Component(package, version, purl, "; ".join(names) if 0 < len(names) < 6 else f"copyright of {source}", (text,))


def package_of(library):
    """Debian's package of a file."""
    for path in (str(library), str(library).removeprefix("/usr")):
        done = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    raise SystemExit(f"{library}: of no Debian package, so that nobody knows its licence")


def cyclonedx(version, found, seconds):
    """The document, in CycloneDX 1.6. `seconds`: since 1970, of the program's commit."""
    made = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(seconds, timezone.utc).isoformat(),
            "component": {"type": "application", "bom-ref": "sluice", "name": "sluice", "version": version,
                          "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": [entry(one) for one in found],
        "dependencies": [{"ref": "sluice", "dependsOn": [one.purl for one in found]}]}
    return json.dumps(made, indent=1) + "\n"


def entry(one):
    is_expression = one.purl.startswith(("pkg:cargo/", "pkg:github/", "pkg:npm/")) and one.licence != "NOASSERTION"
    made = {"type": "library", "bom-ref": one.purl, "name": one.name, "version": one.version, "purl": one.purl,
            "licenses": [{"expression": one.licence} if is_expression else {"license": {"name": one.licence}}]}
    return made | ({"hashes": [{"alg": "SHA-256", "content": one.sha256}]} if one.sha256 else {})


def licence_texts(found):
    """Each text once, after the names of all that have it."""
    users = {}
    for one in found:
        for text in one.texts or (f"Licence: {one.licence}. Its archive has no text of it.\n",):
            users.setdefault(text.strip(), []).append(f"{one.name} {one.version}")
    line = "=" * 100
    parts = [f"{line}\n{chr(10).join(sorted(set(names)))}\n{line}\n\n{text}\n" for text, names in users.items()]
    return "What is in sluice is under these licences. sluice itself: LICENSE.\n\n" + "\n\n".join(parts)


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout
