#!/usr/bin/env python3
"""Makes packages of the program: a relocatable tar.gz, a .deb and a Python wheel.

    packaging/package.py [tar] [deb] [wheel] [--program build/release/sluice] [--output build/packages]

Two runs over one program give the same bytes: names are sorted, and every time is that of the last commit
(SOURCE_DATE_EPOCH).
"""

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from components import components, cyclonedx, licence_texts

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HOME = Path(os.environ.get("SLUICE_HOME", Path.home() / ".cache" / "sluice"))
# Of the system's C library, which each machine has to have itself.
OF_THE_SYSTEM = re.compile(r"^(linux-vdso|ld-linux|libc|libm|libresolv|libdl|libpthread|librt)[-.]")
SHELLS = {"bash": "share/bash-completion/completions/sluice", "zsh": "share/zsh/site-functions/_sluice",
          "fish": "share/fish/vendor_completions.d/sluice.fish"}


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def source_date():
    """Of everything inside: seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or run("git", "-C", ROOT, "log", "-1", "--format=%ct"))


def version_of(program):
    return run(program, "--version").split()[1]


def libraries_of(program):
    """The shared libraries that the program needs, directly or not, but for the C library: name to path."""
    found = {}
    for line in run("ldd", program).splitlines():
        name, _, rest = line.strip().partition(" => ")
        if rest and not OF_THE_SYSTEM.match(name):
            found[name] = Path(rest.split(" (")[0]).resolve()
    return found


def write(path, content, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content, encoding="utf-8")
    path.chmod(mode)


def lay_out(program, folder, libraries):
    """What every package has beside the program: completions, man page, schema, a header, licences, what is inside, units, an example.
    `libraries`: paths of the shared libraries that the package brings along."""
    for shell, place in SHELLS.items():
        write(folder / place, run(program, "completion", shell))
    share = folder / "share"
    write(share / "man" / "man1" / "sluice.1.gz", gzip.compress(run(program, "reference", "--man").encode(), mtime=0))
    write(share / "sluice" / "sluice.schema.json", run(program, "schema"))
    write(folder / "include" / "sluice" / "function.h", (ROOT / "include" / "sluice" / "function.h").read_bytes())
    write(share / "doc" / "sluice" / "LICENSE", (ROOT / "LICENSE").read_bytes())
    write(share / "doc" / "sluice" / "CHANGELOG.md", (ROOT / "CHANGELOG.md").read_bytes())
    write(share / "doc" / "sluice" / "examples" / "pipeline.yaml", (HERE / "example.yaml").read_bytes())
    found = components(libraries, HOME)
    write(share / "doc" / "sluice" / "sluice.cdx.json", cyclonedx(version_of(program), found, source_date()))
    write(share / "doc" / "sluice" / "THIRD_PARTY_LICENSES.txt", licence_texts(found))


def reset(member):
    """Nothing of the machine that packs: neither users nor times."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mtime = source_date()
    return member


def pack(folder, name, target):
    """A tar.gz of the folder, in which all lies under `name`."""
    with open(target, "wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=source_date(), compresslevel=6) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
            for path in sorted([folder, *folder.rglob("*")]):
                archive.add(path, f"{name}/{path.relative_to(folder)}" if path != folder else name, recursive=False, filter=reset)


def make_tar(program, output):
    """`bin/sluice` finds its libraries in `lib` beside it, wherever the folder is."""
    version = version_of(program)
    name = f"sluice-{version}-linux-{os.uname().machine}"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        lay_out(program, folder, libraries_of(program).values())
        bundle(program, folder / "bin" / "sluice", folder / "lib")
        unit = (ROOT / "docs" / "guide" / "deploy" / "sluice.service").read_text(encoding="utf-8")
        write(folder / "share" / "sluice" / "sluice.service", unit)
        target = output / f"{name}.tar.gz"
        pack(folder, name, target)
    return target


def bundle(program, target, libraries):
    """Copies the program and its libraries, and makes them look for each other by where they are."""
    target.parent.mkdir(parents=True, exist_ok=True)
    libraries.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, target)
    target.chmod(0o755)
    run("patchelf", "--set-rpath", f"$ORIGIN/{os.path.relpath(libraries, target.parent)}", target)
    for name, path in sorted(libraries_of(program).items()):
        shutil.copy(path, libraries / name)
        (libraries / name).chmod(0o644)
        run("patchelf", "--set-rpath", "$ORIGIN", libraries / name)


def make_deb(program, output):
    """Debian's own libraries, a hardened service and its configuration in /etc/sluice."""
    version = version_of(program)
    architecture = run("dpkg", "--print-architecture").strip()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        lay_out(program, root / "usr", [])
        write(root / "usr" / "bin" / "sluice", program.read_bytes(), 0o755)
        unit = (ROOT / "docs" / "guide" / "deploy" / "sluice.service").read_text(encoding="utf-8")
        write(root / "lib" / "systemd" / "system" / "sluice.service", unit)
        for name in ("pipeline.yaml", "environment"):
            write(root / "etc" / "sluice" / name, (HERE / "debian" / name).read_bytes(), 0o640 if name == "environment" else 0o644)
        doc = root / "usr" / "share" / "doc" / "sluice"
        write(doc / "copyright", (doc / "LICENSE").read_bytes())
        (doc / "LICENSE").unlink()
        needs = shared_library_packages(program, scratch)
        size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
        control = (HERE / "debian" / "control").read_text(encoding="utf-8")
        write(root / "DEBIAN" / "control", control.format(version=version, architecture=architecture, depends=needs, size=size))
        write(root / "DEBIAN" / "conffiles", "/etc/sluice/environment\n/etc/sluice/pipeline.yaml\n")
        for script in ("postinst", "prerm", "postrm"):
            write(root / "DEBIAN" / script, (HERE / "debian" / script).read_bytes(), 0o755)
        target = output / f"sluice_{version}_{architecture}.deb"
        for path in [root, *root.rglob("*")]:
            os.utime(path, (source_date(), source_date()), follow_symlinks=False)
            if path.is_dir():
                path.chmod(0o755)
        run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z6", "--build", root, target,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(source_date())})
    return target


def shared_library_packages(program, scratch):
    """What dpkg-shlibdeps finds, which asks for a debian/control beside it."""
    folder = Path(scratch) / "dependencies"
    write(folder / "debian" / "control", "Source: sluice\n\nPackage: sluice\nArchitecture: any\n")
    listed = run("dpkg-shlibdeps", "-O", "--ignore-missing-info", f"-e{program.absolute()}", cwd=folder)
    return re.sub(r"^shlibs:Depends=", "", listed.strip())


def make_wheel(program, output):
    """The program inside the package `sluice`, which starts it; auditwheel puts its libraries beside it."""
    version = version_of(program)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        folder = scratch / "wheel"
        shutil.copytree(HERE / "python" / "sluice", folder / "sluice", ignore=shutil.ignore_patterns("__pycache__"))
        write(folder / "sluice" / "bin" / "sluice", program.read_bytes(), 0o755)
        info = folder / f"sluice-{version}.dist-info"
        description = (HERE / "python" / "README.md").read_text(encoding="utf-8")
        metadata = (HERE / "python" / "METADATA").read_text(encoding="utf-8").format(version=version)
        write(info / "METADATA", metadata + "\n" + description)
        write(info / "WHEEL", f"Wheel-Version: 1.0\nGenerator: sluice {version}\nRoot-Is-Purelib: false\n"
                              f"Tag: py3-none-linux_{os.uname().machine}\n")
        write(info / "entry_points.txt", "[console_scripts]\nsluice = sluice._program:main\n")
        write(info / "licenses" / "LICENSE", (ROOT / "LICENSE").read_bytes())
        found = components(libraries_of(program).values(), HOME)
        write(info / "licenses" / "THIRD_PARTY_LICENSES.txt", licence_texts(found))
        write(info / "sboms" / "sluice.cdx.json", cyclonedx(version, found, source_date()))
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date()),
                       "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        run(sys.executable, "-m", "wheel", "pack", folder, "--dest-dir", scratch, env=environment)
        made, = scratch.glob("*.whl")
        run(sys.executable, "-m", "auditwheel", "repair", made, "--wheel-dir", scratch / "out", env=environment)
        repaired, = (scratch / "out").glob("*.whl")
        return Path(shutil.copy(repaired, output / repaired.name))


KINDS = {"tar": make_tar, "deb": make_deb, "wheel": make_wheel}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", choices=[[], *KINDS], default=[], help="which packages (default: all)")
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "release" / "sluice")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "packages")
    arguments = parser.parse_args()
    if not arguments.program.exists():
        sys.exit(f"{arguments.program} is not there: run `make build`")
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    arguments.output.mkdir(parents=True, exist_ok=True)
    for kind in arguments.kinds or KINDS:
        target = KINDS[kind](arguments.program.absolute(), arguments.output)
        print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)", flush=True)


if __name__ == "__main__":
    main()
