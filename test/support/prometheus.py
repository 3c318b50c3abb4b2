"""A real Prometheus on a free loopback port, and promtool."""

import fcntl
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from support.case import Failure, Skip
from support.java import HOME
from support.kafka import free_port

HANG_SECONDS = 120


def program(name):
    """`prometheus` or `promtool`, out of Debian's package, which is unpacked and not installed: nobody needs another
    service. Raises Skip when it cannot be had."""
    found = shutil.which(name)
    if found:
        return found
    folder = HOME / "prometheus"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "usr" / "bin" / name).exists():
            if not shutil.which("apt-get"):
                raise Skip(f"no {name} here, and no apt-get to fetch it with; install Prometheus")
            fetch = subprocess.run(["apt-get", "-q", "download", "prometheus"], cwd=folder, capture_output=True,
                                   text=True)
            packed = list(folder.glob("prometheus_*.deb"))
            if fetch.returncode or not packed:
                raise Skip("apt-get could not fetch Prometheus: " + fetch.stderr.strip()[-400:])
            subprocess.run(["dpkg-deb", "-x", packed[0], folder], check=True)
            packed[0].unlink()
    return str(folder / "usr" / "bin" / name)


def promtool(*arguments, feed=None):
    """Runs promtool; fails with what it finds."""
    done = subprocess.run([program("promtool"), *map(str, arguments)], input=feed, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"promtool {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")


class Prometheus:
    """Scrapes `target` (HOST:PORT) each second and evaluates the rules of the files."""

    def __init__(self, folder, target, rules=()):
        self._port = free_port()
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rule) for rule in rules],
            "scrape_configs": [{"job_name": "sluice", "static_configs": [{"targets": [target]}]}]}))
        promtool("check", "config", config)
        self._log = folder / "prometheus.log"
        with open(self._log, "wb") as out:
            self._process = subprocess.Popen(
                [program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'prometheus'}",
                 f"--web.listen-address=127.0.0.1:{self._port}"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        self._until(lambda: self._ask("/-/ready") is not None, "is ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(HANG_SECONDS)

    def _ask(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError):
            return None

    def _until(self, condition, what):
        for _ in range(HANG_SECONDS * 10):
            if (found := condition()):
                return found
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise Failure(f"Prometheus never {what}:\n{self._log.read_text(errors='replace')[-2000:]}")

    def query(self, text):
        """The samples of an instant query, [(labels, value)...]."""
        body = self._ask("/api/v1/query?" + urllib.parse.urlencode({"query": text}))
        answer = json.loads(body) if body else {"data": {"result": []}}
        return [(sample["metric"], float(sample["value"][1])) for sample in answer["data"]["result"]]

    def wait_for(self, text, condition):
        """The samples of the query once the condition holds for them."""
        return self._until(lambda: (found := self.query(text)) and condition(found) and found, f"had {text}")

    def wait_for_alert(self, name, state="firing"):
        """The labels of an alert in this state."""
        def look():
            alerts = json.loads(self._ask("/api/v1/alerts") or b'{"data":{"alerts":[]}}')["data"]["alerts"]
            found = [alert["labels"] for alert in alerts
                     if alert["labels"]["alertname"] == name and alert["state"] == state]
            return found[0] if found else None

        return self._until(look, f"had the alert {name} {state}")
