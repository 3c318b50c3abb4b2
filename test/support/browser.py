"""A real browser: Chromium, driven by playwright-core on Node.

`check(url, name, folder)` runs test/browser/NAME.mjs against the page at `url`. Whatever the script checks,
it fails, too, when the page asks another host for anything, or when something is an error on the console.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

from support.case import Failure, Skip

HOME = Path(os.environ.get("SLUICE_HOME", Path.home() / ".cache" / "sluice"))
HERE = Path(__file__).resolve().parent / "browser"
SCRIPTS = HERE.parents[1] / "browser"
HANG_SECONDS = 300


def packages():
    """The folder with node_modules; what package-lock.json pins is installed the first time."""
    stamp = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = HOME / f"browser-{stamp}"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".done").exists():
            if not shutil.which("npm"):
                raise Skip("no npm here to install playwright-core with (Debian: apt-get install npm)")
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder)
            done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                                  capture_output=True, text=True)
            if done.returncode:
                raise Skip("npm could not install playwright-core: " + done.stderr.strip()[-400:])
            (folder / ".done").touch()
    return folder


def chromium():
    """The browser's program; CHROMIUM names another one."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise Skip("no chromium here (Debian: apt-get install chromium, or tools/install_dependencies.sh browser)")
    return found


def check(url, name, folder, do=None, **arguments):
    """Runs a script; raises Failure with what it found. Its pictures are in `folder`.

    `do` is what the script may ask for by `await please("restart")`: {"restart": function}.
    `arguments` are the script's, as JSON.
    """
    command = ["node", str(HERE / "run.mjs"), url, str(SCRIPTS / f"{name}.mjs"), str(folder), json.dumps(arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "BROWSER_PACKAGES": str(packages()), "CHROMIUM": chromium(),
                                    "BROWSER_HANG_SECONDS": str(HANG_SECONDS)})
    problems = None
    with process:
        for line in process.stdout:
            said = json.loads(line)
            if "please" in said:
                answer = (do or {})[said["please"]]()
                process.stdin.write(json.dumps(answer) + "\n")
                process.stdin.flush()
            else:
                problems = said["problems"]
    if problems is None:
        raise Failure(f"{name}.mjs ended without saying what it found, exit code {process.returncode}")
    if problems:
        raise Failure(f"{name}.mjs on {url}\n" + "\n".join("  " + problem for problem in problems))
