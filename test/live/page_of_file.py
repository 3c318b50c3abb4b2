"""Where the page is served, as files say it: what the command line says goes before, files must agree, and what is
open to others is as guarded as ever."""

from support.case import Case, Failure, expect_equal
from support.kafka import free_port
from support.live import Live
from support.program import Running, sluice

PIPELINE = """\
name: {name}
sources:
  numbers: {{json_lines: {{path: in, schema: {{id: BIGINT}}}}}}
sinks:
  rows: {{from: numbers, csv: {{path: out-{name}}}}}
{ui}
trigger: {{every: 50ms}}
checkpoint: checkpoint-{name}
"""

TOKEN = "correct-horse-battery"


def cases():
    yield Case("page_of_file", served)
    yield Case("page_of_files", several)
    yield Case("page_of_file_guarded", guarded)
    yield Case("page_of_file_reloaded", reloaded)
    yield Case("page_of_dashboard_file", dashboard)


def write(folder, ui="", name="one"):
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / "0.jsonl").write_text('{"id": 1}\n')
    (folder / f"{name}.yaml").write_text(PIPELINE.format(name=name, ui=f"ui: {ui}" if ui else ""))
    return f"{name}.yaml"


def must_refuse(folder, words, *arguments, command="run"):
    done = sluice(command, *arguments, cwd=folder).must_exit(2)
    for word in words:
        if word not in done.err:
            raise Failure(f"{command} {arguments}: it does not say {word}\n{done.err}")


def served(folder):
    """Without --ui; with it another address, or the same; a port that is taken is not exchanged for another."""
    port = free_port()
    file = write(folder, f'{{listen: "127.0.0.1:{port}", range: 1h}}')
    sluice("check", file, cwd=folder).must_exit(0)
    with Live(file, cwd=folder, address=None) as live:
        expect_equal(port, live.port, "the file's port")
        live.wait_until("one", lambda status: status["batches"] > 0, "makes a batch")
        # Its checkpoint is taken, and its port is before.
        must_refuse(folder, [f"one.yaml:6:14: cannot listen on 127.0.0.1:{port}", "another one in `listen`"], file)
    with Live(file, cwd=folder) as live:
        if live.port == port:
            raise Failure("--ui ADDRESS does not go before the file")
    running = Running("run", file, "--ui", cwd=folder)
    try:
        running.wait_for(lambda out, err: f"the page is at http://127.0.0.1:{port}\n" in err, "it serves its page")
    finally:
        running.kill()


def several(folder):
    """One page for all; files that disagree are named, each with its place."""
    port = free_port()
    listen = f'{{listen: "127.0.0.1:{port}"}}'
    one, two, silent = write(folder, listen), write(folder, listen, "two"), write(folder, "", "silent")
    with Live(silent, one, two, cwd=folder, address=None) as live:
        expect_equal(port, live.port, "the files' port")
        expect_equal(["silent", "one", "two"], [each["name"] for each in live.get("/status")["pipelines"]], "pipelines")
    write(folder, '{listen: "127.0.0.1:1"}', "two")
    for command in ("run", "check"):
        must_refuse(folder, ["one.yaml:6:14 and two.yaml:6:14 serve the page in two ways"], one, two, command=command)
    write(folder, listen.replace("}", ", hosts: [sluice.example]}"), "two")
    must_refuse(folder, ["serve the page in two ways"], one, two)
    write(folder, '{listen: "127.0.0.1:1"}', "two")
    with Live(one, two, cwd=folder) as live:  # --ui settles it
        live.get("/healthz")


def guarded(folder):
    """Others reach it: as the command line's, a token and TLS, or `plain`."""
    everywhere = 'listen: "0.0.0.0:0"'
    for ui, words in ((f"{{{everywhere}}}", ["E_EXPOSED", "one.yaml:6:14", "`token_file: FILE`"]),
                      (f"{{{everywhere}, token_file: token}}", ["E_EXPOSED", "needs TLS", "`plain: true`"]),
                      (f"{{{everywhere}, token_file: none}}", ["token's file cannot be read", "one.yaml:6:14"]),
                      ("{listen: example.com:80}", ["one.yaml:6:14"])):
        (folder / "token").write_text(TOKEN + "\n")
        file = write(folder, ui)
        for command in ("run", "check"):
            must_refuse(folder, words, file, command=command)
    (folder / "token").write_text("short\n")
    must_refuse(folder, ["the token is too short"], write(folder, f"{{{everywhere}, token_file: token, plain: true}}"))
    (folder / "token").write_text(TOKEN + "\n")
    file = write(folder, f"{{{everywhere}, token_file: token, plain: true, hosts: [sluice.example]}}")
    sluice("check", file, cwd=folder).must_exit(0)
    with Live(file, cwd=folder, address=None) as live:
        expect_equal(401, live.ask("GET", "/status")[0], "without the token")
        known = {"Authorization": f"Bearer {TOKEN}"}
        expect_equal(200, live.ask("GET", "/status", headers=known)[0], "with the token")
        expect_equal(200, live.ask("GET", "/status", headers={**known, "Host": "sluice.example"})[0], "by its name")
        expect_equal(403, live.ask("GET", "/status", headers={**known, "Host": "other.example"})[0], "by another name")
        _, _, config = live.ask("GET", "/api/pipelines/one/config", headers=known)
        if TOKEN in config.decode():
            raise Failure("the token shows")


def reloaded(folder):
    """A page goes on as it was begun."""
    port = free_port()
    file = write(folder, f'{{listen: "127.0.0.1:{port}"}}')
    with Live(file, cwd=folder, address=None) as live:
        live.wait_until("one", lambda status: status["batches"] > 0, "makes a batch")
        for ui, words in (('{listen: "127.0.0.1:1"}', f"was 127.0.0.1:{port}, and is 127.0.0.1:1"),
                          ("", "and is not said"),
                          (f'{{listen: "127.0.0.1:{port}", hosts: [x]}}', "how the page is served has changed")):
            write(folder, ui)
            message = live.post("/api/pipelines/one/reload", expected=409)["error"]["message"]
            if words not in message or "start it again" not in message:
                raise Failure(f"{ui}: {message}")
        write(folder, f'{{listen: "127.0.0.1:{port}", range: 2h}}')
        live.post("/api/pipelines/one/reload")


def dashboard(folder):
    """`sluice dashboard FILE` takes it from the file, too."""
    port = free_port()
    (folder / "t.csv").write_text("a,b\n1,2\n")
    (folder / "board.yaml").write_text(
        f'name: board\ntables: {{t: {{csv: {{path: t.csv, schema: {{a: BIGINT, b: BIGINT}}}}}}}}\n'
        f'charts: {{all: {{from: t, table: {{}}}}}}\nui: {{listen: "127.0.0.1:{port}"}}\n')
    with Live("board.yaml", cwd=folder, address=None, command="dashboard") as live:
        expect_equal(port, live.port, "the file's port")
