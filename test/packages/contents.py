"""What a package says of its contents: the CycloneDX document and the licences, compared with what there is."""

import json
import re
import subprocess

from packages.made import make, must
from support.case import Case, Failure, expect_equal
from support.program import ROOT

# Packages that the build installs and the program has nothing of.
NOT_INSIDE = {"libgtest-dev", "libbenchmark-dev", "libprotoc-dev"}


def cases():
    yield Case("contents", contents)


def contents(folder):
    must(["tar", "-xzf", make("tar", folder), "-C", folder])
    top, = folder.glob("sluice-*")
    expect_equal((ROOT / "include/sluice/function.h").read_text(), (top / "include/sluice/function.h").read_text(), "the header for functions")
    document = json.loads((top / "share/doc/sluice/sluice.cdx.json").read_text())
    purls = {one["purl"] for one in document["components"]}
    expect_equal(("CycloneDX", "1.6"), (document["bomFormat"], document["specVersion"]), "the document's form")
    expect_equal(sorted(purls), sorted(document["dependencies"][0]["dependsOn"]), "what the program depends on")
    crates_linked(purls)
    libraries_beside(top, purls)
    locked = re.findall(r"^(\w+) +(\S+) ", (ROOT / "third_party/dependencies.lock").read_text(), re.MULTILINE)
    build_packages(purls)
    for name, version in locked:
        if not any(re.search(rf"/{name.replace('_', '-')}@v?{version}", purl) for purl in purls):
            raise Failure(f"{name} {version} is not in the document")
    texts = (top / "share/doc/sluice/THIRD_PARTY_LICENSES.txt").read_text()
    for one in document["components"]:
        if f"\n{one['name']} {one['version']}\n" not in texts:
            raise Failure(f"no licence of {one['name']} {one['version']}")


def crates_linked(purls):
    """Those of `cargo tree` that are no macros, to the version."""
    tree = must(["cargo", "tree", "--offline", "--locked", "--edges", "normal,no-proc-macro", "--target", "x86_64-unknown-linux-gnu",
                 "--prefix", "none", "--format", "{p}"], cwd=ROOT / "rust")
    crates = {f"pkg:cargo/{name}@{version}" for name, version in re.findall(r"^(\S+) v([^\s()]+)", tree, re.MULTILINE)}
    missing = crates - purls - {purl for purl in crates if purl.startswith("pkg:cargo/sluice_bridge@")}
    expect_equal(set(), missing, "crates that are linked and not named")


def libraries_beside(top, purls):
    for library in (top / "lib").iterdir():
        found = subprocess.run(["dpkg-query", "-S", f"*/{library.name}"], capture_output=True, text=True).stdout
        packages = set(re.findall(r"^([^:,\s]+)", found, re.MULTILINE))
        if not any(purl.startswith(f"pkg:deb/debian/{package}@") for package in packages for purl in purls):
            raise Failure(f"lib/{library.name}, of {packages}, is not in the document")


def build_packages(purls):
    """What the build installs from Debian: each package itself, or a library of the same source."""
    listed = re.search(r"debian_packages=\((.*?)\)", (ROOT / "tools/install_dependencies.sh").read_text(), re.DOTALL)[1].split()
    libraries = [name for name in listed if name.startswith(("lib", "nlohmann", "zlib")) and name not in NOT_INSIDE]
    inside = {source_of(name) for name in re.findall(r"pkg:deb/debian/([^@]+)@", " ".join(purls))}
    expect_equal(set(), {name for name in libraries if source_of(name) not in inside}, "packages that are built in and not named")


def source_of(package):
    return must(["dpkg-query", "-W", "-f", "${source:Package}", package])
