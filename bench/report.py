"""What the benches share: memory of a process, and their parts of bench/README.md."""

import threading
import time
from pathlib import Path

README = Path(__file__).resolve().parent / "README.md"


class MemoryWatch:
    """The highest memory of a process, MiB, from now until it ends. wait4 would report this program's own
    instead, if that was more when it started the other."""

    def __init__(self, pid):
        self._pid, self._highest = pid, 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while True:
            try:
                lines = Path(f"/proc/{self._pid}/status").read_text()
            except OSError:
                return
            if "VmHWM:" not in lines:  # ended, and not waited for yet
                return
            self._highest = int(lines.split("VmHWM:")[1].split()[0]) / 1024
            time.sleep(0.02)

    def highest(self):
        self._thread.join()
        return self._highest


def write_section(name, text):
    """Puts the text between the marks of `name`."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    page = README.read_text()
    block = f"{begin}\n{text}\n{end}"
    if begin in page:
        page = page[:page.index(begin)] + block + page[page.index(end) + len(end):]
    else:
        page = page.rstrip("\n") + "\n\n" + block + "\n"
    README.write_text(page)
