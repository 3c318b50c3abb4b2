"""The live page's server over whole pipelines: what it says is what the pipeline did, what it is asked is
done, and without it nothing is there."""

import json
import os
import re
import time
from pathlib import Path

from live import page_of_file, savepoints
from http_attacks.attacks import all_attacks
from http_attacks.attacks import run as run_attack
from http_attacks.target import Target
from support.broker import EmbeddedBroker, produce
from support.case import Case, Failure, expect_equal
from support.grafana import misfits
from support.kafka import free_port
from support.live import Live
from support.program import ROOT, Running, sluice
from support.prometheus import Prometheus, promtool

PIPELINE = """\
name: {name}
sources:
  numbers:
    json_lines: {{path: in-{name}, schema: {{id: BIGINT, amount: "DECIMAL(22,12)"}}}}
views:
  parsed: SELECT id, amount FROM numbers WHERE id % 2 = 0
  positive: SELECT id, amount * 2 AS amount FROM parsed WHERE id > 0
  totals: SELECT id % 5 AS k, count(*) AS n, sum(amount) AS amount FROM positive GROUP BY 1
sinks:
  rows: {{from: positive, parquet: {{path: out-{name}/rows}}}}
  totals: {{from: totals, mode: complete, parquet: {{path: out-{name}/totals}}}}
trigger: {{every: 50ms}}
checkpoint: checkpoint-{name}
"""


def cases():
    yield Case("status", status)
    yield Case("control", control)
    yield Case("reload", reload)
    yield Case("events", events)
    yield Case("resumed_events", resumed_events)
    yield Case("restarted", restarted)
    yield Case("several", several)
    yield Case("files", files)
    yield Case("open_api", open_api)
    yield Case("metrics", metrics)
    yield Case("prometheus", prometheus)
    yield Case("grafana", grafana)
    yield Case("grafana_schema", grafana_schema)
    yield Case("monitored", monitored)
    yield Case("without", without)
    yield Case("ctl", ctl)
    yield Case("refused", refused)
    yield Case("link", link)
    yield Case("charts", charts)
    yield Case("dashboard", dashboard)
    yield Case("export", export)
    yield Case("attacked", attacked)
    yield Case("attacked_token", lambda folder: attacked(folder, "correct-horse-battery"))
    yield from savepoints.cases()
    yield from page_of_file.cases()


def write(folder, name="orders", text=PIPELINE):
    (folder / f"in-{name}").mkdir(exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(text.format(name=name))
    return path.name


def feed(folder, batch, rows=20, bad=0, name="orders"):
    """A file of records; `bad` of them are none."""
    first = batch * 1000
    lines = [json.dumps({"id": n, "amount": f"{n}.5"}) for n in range(first, first + rows)]
    lines += ["{broken"] * bad
    whole = folder / f"in-{name}" / f".{batch:04d}"
    whole.parent.mkdir(exist_ok=True)
    whole.write_text("\n".join(lines) + "\n")
    whole.rename(whole.with_name(f"{batch:04d}.jsonl"))


def read(status):
    return sum(source["numInputRows"] for source in status["sources"])


def until_read(live, rows, name="orders"):
    return live.wait_until(name, lambda status: read(status) >= rows, f"read {rows} rows")


def status(folder):
    feed(folder, 0, rows=20, bad=2)
    with Live(write(folder), cwd=folder) as live:
        known = until_read(live, 22)
        expect_equal(22, read(known), "records read")
        source = known["sources"][0]
        expect_equal(2, source["numDeadLetters"], "dead letters")
        rows = next(sink for sink in known["sinks"] if sink["name"] == "rows")
        # 0, 2 ... 18 are even, of which 0 is not positive; the rest adds up.
        expect_equal((9, 11, 2), (rows["numOutputRows"], rows["numFilteredRows"], rows["numDeadLetters"]),
                     "rows written, filtered, dead letters")
        nodes = {node["name"]: node for node in known["lastProgress"]["nodes"]}
        expect_equal((20, 9), (nodes["numbers"]["numOutputRows"], nodes["positive"]["numOutputRows"]),
                     "rows of the source and of a view that several read")
        expect_equal("orders", live.get("/status")["pipelines"][0]["name"], "/status")
        expect_equal("ok", live.get("/healthz")["status"], "/healthz")
        expect_equal("ok", live.get("/readyz")["status"], "/readyz")
        config = live.get("/api/pipelines/orders/config")
        expect_equal((folder / "orders.yaml").read_text(), config["text"], "the file's text")
        code, _, body = live.ask("GET", "/api/pipelines/order")
        expect_equal(404, code, "an unknown pipeline")
        if b"did you mean 'orders'" not in body:
            raise Failure(f"no nearest name: {body}")
        if "Waiting" not in live.wait_until("orders", lambda s: s["verdict"]["state"] == "idle",
                                            "is idle")["verdict"]["head"]:
            raise Failure("an idle pipeline does not say that it waits")


def control(folder):
    feed(folder, 0)
    with Live(write(folder), cwd=folder) as live:
        until_read(live, 20)
        live.post("/api/pipelines/orders/pause")
        live.wait_until("orders", lambda s: s["state"] == "paused", "is paused")
        before = live.status("orders")["batches"]
        feed(folder, 1)
        time.sleep(0.5)
        paused = live.status("orders")
        expect_equal((before, "paused"), (paused["batches"], paused["verdict"]["state"]),
                     "batches while it is paused")
        refused = live.post("/api/pipelines/orders/trigger", expected=409)
        if "paused" not in refused["error"]["message"]:
            raise Failure(f"no reason: {refused}")
        live.post("/api/pipelines/orders/resume")
        until_read(live, 40)
        live.post("/api/pipelines/orders/trigger")
        live.post("/api/pipelines/orders/start", expected=409)
        feed(folder, 2)
        live.post("/api/pipelines/orders/drain")
        done = live.running.finish().must_exit(0)
        if "60" not in done.err:
            raise Failure(f"it did not drain: {done.err}")


def reload(folder):
    feed(folder, 0)
    path = folder / write(folder)
    with Live(path.name, cwd=folder) as live:
        until_read(live, 20)
        text = path.read_text()
        path.write_text(text.replace("id % 5 AS k", "id % 7 AS k"))
        refused = live.post("/api/pipelines/orders/reload", expected=409)
        if "E_STATE_CHANGED" not in refused["error"]["message"]:
            raise Failure(f"another GROUP BY over kept state: {refused}")
        path.write_text(text.replace("sinks:\n", "sinks:\n  more: {from: parsed, csv: {path: out-orders/more}}\n"))
        with live.events() as stream:
            def sinks(snapshot):
                return [node["name"] for node in snapshot["nodes"] if node["kind"] == "sink"]

            expect_equal(["rows", "totals"], sinks(stream.until("snapshot")), "sinks before")
            live.post("/api/pipelines/orders/reload")
            feed(folder, 1)
            stream.until("snapshot", lambda snapshot: sinks(snapshot) == ["more", "rows", "totals"])
        known = live.wait_until("orders", lambda s: read(s) >= 40, "read on")
        expect_equal(1, known["reloads"], "reloads")


def events(folder):
    feed(folder, 0, rows=20, bad=1)
    with Live(write(folder), cwd=folder) as live:
        until_read(live, 21)
        time.sleep(0.6)  # until it is published
        with live.events() as stream:
            hello = stream.until("hello")
            expect_equal(["orders"], hello["pipelines"], "pipelines")
            snapshot = stream.until("snapshot")
            expect_equal(
                [["source:numbers", "dead:numbers"], ["source:numbers", "view:parsed"],
                 ["view:parsed", "view:positive"], ["view:positive", "view:totals"],
                 ["view:positive", "sink:rows"], ["view:totals", "sink:totals"]],
                snapshot["edges"], "who reads whom")
            expect_equal(1, snapshot["dead"], "dead letters so far")
            if not snapshot["log"]:
                raise Failure("no log")
            asked = time.monotonic()
            feed(folder, 1)
            batch = stream.until("batch")
            if time.monotonic() - asked > 30:
                raise Failure("a batch came much too late")
            expect_equal(20, batch["batch"]["numInputRows"], "rows of the batch")
            # A view that nothing else counts is counted because somebody looks.
            edges = dict(zip(map(tuple, snapshot["edges"]), batch["edges"]))
            expect_equal(20, edges["source:numbers", "view:parsed"], "rows out of the source")
            expect_equal(10, edges["view:parsed", "view:positive"], "rows out of a view within another")
            expect_equal(10, edges["view:positive", "sink:rows"], "rows into the sink")
            steps = batch["steps"]
            total = sum(steps.values())
            if abs(total - batch["batch"]["batchDuration"]) > 1:
                raise Failure(f"steps do not add up: {steps} {batch['batch']['batchDuration']}")
            live.post("/api/pipelines/orders/pause")
            stream.until("state", lambda data: data["state"] == "paused")
            tick = stream.until("tick")
            expect_equal("paused", tick["pipelines"]["orders"]["state"], "the state of a tick")


def resumed_events(folder):
    """Who comes back gets what it missed, each batch once."""
    with Live(write(folder), cwd=folder) as live:
        with live.events() as stream:
            stream.until("snapshot")
            feed(folder, 0)
            first = stream.until("batch")
            seen = [first["batch"]["batchId"]]
            last = stream.last_id
        feed(folder, 1)
        until_read(live, 40)
        feed(folder, 2)
        until_read(live, 60)
        time.sleep(0.6)  # until they are published
        rows = first["batch"]["numInputRows"]
        with live.events(last) as stream:
            feed(folder, 3)
            while rows < 80:
                name, data = stream.next()
                if name == "snapshot":
                    raise Failure("everything came again instead of what it missed")
                if name == "batch":
                    seen.append(data["batch"]["batchId"])
                    rows += data["batch"]["numInputRows"]
        expect_equal(sorted(set(seen)), seen, "batches in order, each once")
        expect_equal(80, rows, "rows of all batches")


def restarted(folder):
    """kill -9 and another start: an id of the old run brings a whole new picture."""
    feed(folder, 0)
    with Live(write(folder), cwd=folder) as live:
        with live.events() as stream:
            run = stream.until("hello")["run"]
            stream.until("snapshot")
            last = stream.last_id
            until_read(live, 20)
        live.running.kill()
    feed(folder, 1)
    with Live("orders.yaml", cwd=folder) as live:
        with live.events(last) as stream:
            hello = stream.until("hello")
            if hello["run"] == run:
                raise Failure("two runs have one name")
            stream.until("snapshot")
        until_read(live, 20)


def several(folder):
    broken = folder / "broken.yaml"
    broken.write_text("name: broken\nsources: {a: {nothing: {}}}\n")
    for name in ("orders", "payments"):
        write(folder, name)
        feed(folder, 0, name=name)
    with Live("broken.yaml", "orders.yaml", "payments.yaml", cwd=folder) as live:
        for name in ("orders", "payments"):
            until_read(live, 20, name)
        expect_equal(["orders", "payments"], [one["name"] for one in live.get("/api/pipelines")], "pipelines")
        live.post("/api/pipelines/orders/stop")
        live.wait_until("orders", lambda s: s["state"] == "stopped", "stopped")
        feed(folder, 1, name="payments")
        until_read(live, 40, "payments")
        live.post("/api/pipelines/orders/start")
        feed(folder, 1)
        live.wait_until("orders", lambda s: s["state"] == "running" and read(s) >= 20, "goes on")


def files(folder):
    """The page comes out of the program alone, and is not sent twice."""
    with Live(write(folder), cwd=folder) as live:
        code, headers, body = live.ask("GET", "/")
        expect_equal((200, "text/html"), (code, headers["Content-Type"].split(";")[0]), "the page")
        for header in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
            if header not in headers:
                raise Failure(f"no {header}")
        total = packed = 0
        names = ["/"]
        for name in names:
            code, headers, body = live.ask("GET", name)
            expect_equal(200, code, name)
            total += len(body)
            again, _, _ = live.ask("GET", name, headers={"If-None-Match": headers["ETag"]})
            expect_equal(304, again, f"{name} again")
            _, zipped, small = live.ask("GET", name, headers={"Accept-Encoding": "gzip"})
            packed += len(small)
            for found in re.findall(rb"""(?:src|href|from|import)\s*=?\s*\(?["'](\.{0,2}/?[\w/.-]+\.(?:js|css|svg))["']""", body):
                base = Path(name).parent if name != "/" else Path("/")
                path = os.path.normpath(base / found.decode().removeprefix("./"))
                if path not in names:
                    names.append(path)
        if len(names) < 5:
            raise Failure(f"the page has no scripts: {names}")
        if total >= 200_000 or packed >= 70_000:
            raise Failure(f"the page has {total} bytes, {packed} packed")


def open_api(folder):
    """What the description says is there, and answers as it says; what is there is described."""
    import fastjsonschema

    feed(folder, 0)
    # The other one keeps the process there.
    with Live(write(folder), write(folder, "payments"), cwd=folder) as live:
        until_read(live, 20)
        described = live.get("/openapi.json")
        expect_equal("3.1.0", described["openapi"], "the version of OpenAPI")
        ids = [operation["operationId"] for operations in described["paths"].values()
               for operation in operations.values()]
        expect_equal(sorted(set(ids)), sorted(ids), "each operation has an id of its own")
        components = {"components": described["components"]}
        for path, operations in described["paths"].items():
            url = path.replace("{pipeline}", "orders").replace("{chart}", "sizes")
            if path == "/events":
                continue
            for method, operation in operations.items():
                code, headers, body = live.ask(method.upper(), url)
                answer = operation["responses"].get(str(code))
                if answer is None:
                    raise Failure(f"{method} {url} answers {code}, which is not described")
                kind = headers["Content-Type"].split(";")[0]
                content = answer["content"]
                if kind not in content:
                    raise Failure(f"{method} {url} answers {code} as {kind}: {list(content)}")
                schema = content[kind].get("schema")
                if schema:
                    fastjsonschema.compile({**schema, **components})(json.loads(body))
                other = "PUT" if method == "get" else "GET"
                code, headers, _ = live.ask(other, url)
                expect_equal(405, code, f"{other} {url}")
                if method.upper() not in headers["Allow"]:
                    raise Failure(f"{other} {url}: Allow: {headers['Allow']}")
                if method == "post" and "{pipeline}" in path:
                    code, _, _ = live.ask("POST", path.replace("{pipeline}", "other"))
                    expect_equal(404, code, f"{path} of another pipeline")


def samples(text, parser):
    """Metric -> labels -> value."""
    found = {}
    for family in parser(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def metrics(folder):
    """Two parsers of Prometheus' own and promtool read them; the numbers are those of the input."""
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
    from prometheus_client.parser import text_string_to_metric_families as prometheus_text

    feed(folder, 0, rows=20, bad=2)
    with Live(write(folder), cwd=folder) as live:
        until_read(live, 22)
        live.post("/api/pipelines/orders/pause")
        live.wait_until("orders", lambda s: s["state"] == "paused", "is paused")
        _, headers, text = live.ask("GET", "/metrics")
        if "version=0.0.4" not in headers["Content-Type"]:
            raise Failure(headers["Content-Type"])
        promtool("check", "metrics", feed=text.decode())
        _, headers, other = live.ask("GET", "/metrics",
                                     headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        if "openmetrics" not in headers["Content-Type"]:
            raise Failure(headers["Content-Type"])
        for found in (samples(text.decode(), prometheus_text), samples(other.decode(), open_metrics)):
            def value(name, **labels):
                return found[name][tuple(sorted({"pipeline": "orders", **labels}.items()))]

            expect_equal(22, value("sluice_source_records_total", source="numbers"), "records")
            expect_equal(2, value("sluice_source_dead_letters_total", source="numbers"), "dead letters")
            expect_equal(9, value("sluice_sink_rows_total", sink="rows"), "rows written")
            expect_equal(5, value("sluice_state_rows", view="totals"), "rows of state")
            expect_equal(1, value("sluice_pipeline_state", state="paused"), "paused")
            expect_equal(0, value("sluice_pipeline_state", state="running"), "running")
            batches = value("sluice_batches_total")
            expect_equal(batches, value("sluice_batch_duration_seconds_count"), "batches in the histogram")
            steps = sum(value("sluice_batch_step_seconds_total", step=step)
                        for step in ("plan", "read", "decode", "sql", "stage", "commit", "publish"))
            if abs(steps - value("sluice_batch_duration_seconds_sum")) > 0.01:
                raise Failure(f"steps {steps} are not the batches' time")


def documented():
    """The metrics that docs/reference/metrics.md names, without labels."""
    text = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    return set(re.findall(r"`((?:sluice|process)_\w+)`", text))


def prometheus(folder):
    """A real Prometheus scrapes it, knows each metric of the docs, and the rules fire."""
    rules = ROOT / "docs" / "monitoring" / "sluice.rules.yml"
    promtool("check", "rules", rules)
    quick = folder / "quick.yml"
    quick.write_text(re.sub(r"for: \d+m", "for: 0s", rules.read_text()).replace("[10m]", "[20s]"))
    feed(folder, 0, rows=20)
    with Live(write(folder, text=PIPELINE + "alerts: {{late: {{lag: 1000}}}}\n"), cwd=folder) as live:
        with Prometheus(folder, f"127.0.0.1:{live.port}", [quick]) as server:
            server.wait_for("sluice_source_records_total", lambda found: found[0][1] >= 20)
            feed(folder, 1, rows=10, bad=10)
            labels = server.wait_for_alert("SluiceDeadLetters")
            expect_equal(("orders", "numbers", "warn"),
                         (labels["pipeline"], labels["source"], labels["severity"]), "labels of the alert")
            known = {metric["__name__"] for metric, _ in server.query('{job="sluice"}')}
            # Of a source of files, without a watermark.
            absent = {"sluice_watermark_timestamp_seconds", "sluice_source_lag_seconds",
                      "sluice_source_event_time_max_timestamp_seconds"}
            named = {f"{name}_bucket" if name == "sluice_batch_duration_seconds" else name for name in documented()}
            expect_equal(set(), named - known - absent, "documented, and not there")
            undocumented = {name for name in known if name.startswith(("sluice_", "process_"))} - named
            expect_equal({"sluice_batch_duration_seconds_sum", "sluice_batch_duration_seconds_count"}, undocumented,
                         "there, and not documented")
            for target in json.loads((ROOT / "docs" / "monitoring" / "grafana.json").read_text())["panels"]:
                for query in target["targets"]:
                    text = (query["expr"].replace("$pipeline", ".*").replace("$instance", ".*")
                            .replace("$__rate_interval", "10s"))
                    if "lag_seconds" not in text and not server.query(text):
                        raise Failure(f"the panel '{target['title']}' shows nothing: {text}")


def grafana(folder):
    """The dashboard's form, and that it names no metric that there is not."""
    board = json.loads((ROOT / "docs" / "monitoring" / "grafana.json").read_text())
    ids = [panel["id"] for panel in board["panels"]]
    expect_equal(sorted(set(ids)), sorted(ids), "each panel has an id of its own")
    used = set(re.findall(r"\b((?:sluice|process)_\w+)", json.dumps(board)))
    bases = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}
    expect_equal(set(), bases - documented(), "metrics of the dashboard that are not documented")


def grafana_schema(folder):
    """The dashboard against Grafana's own schema, which finds what is wrong in one."""
    text = (ROOT / "docs" / "monitoring" / "grafana.json").read_text()
    expect_equal("", misfits(text), "what does not fit Grafana's schema")
    for wrong in (lambda board: board.update(tittle="x"), lambda board: board["panels"][0].update(gridPoss={}),
                  lambda board: board["panels"][0].update(type="timeserie"),
                  lambda board: board["panels"][0]["targets"][0].update(exprs="up"),
                  lambda board: board["panels"][0]["gridPos"].update(w=99)):
        board = json.loads(text)
        wrong(board)
        if not misfits(json.dumps(board)):
            raise Failure(f"the schema takes a wrong board: {json.dumps(board)[:2000]}")


MONITORED = """\
name: orders
sources:
  numbers:
    kafka: {{brokers: "{broker}", topic: numbers}}
    format: {{json: {{schema: {{id: BIGINT, at: TIMESTAMP}}}}}}
    watermark: {{column: at, delay: 1s}}
views:
  totals: SELECT id % 5 AS k, count(*) AS n FROM numbers GROUP BY 1
sinks:
  rows: {{from: numbers, parquet: {{path: out/rows}}}}
charts:
  totals: {{from: totals, table: {{}}}}
notify:
  ops: {{webhook: {{url: "http://{nobody}/"}}}}
alerts:
  high: {{when: "SELECT k, n FROM totals WHERE n > 2", to: ops}}
checkpoint: checkpoint
"""


def monitored(folder):
    """Each metric that the dashboard and the rules name is exported by a pipeline that has all there is: a topic with
    a watermark and dead letters, state, charts, alerts with a receiver."""
    named = set()
    for file in (ROOT / "docs" / "monitoring").iterdir():
        named |= set(re.findall(r"\b((?:sluice|process)_\w+)", file.read_text()))
    broker = EmbeddedBroker(folder)
    try:
        broker.create_topic("numbers")
        records = [json.dumps({"id": n, "at": f"2024-01-01 00:00:{n:02}"}) for n in range(30)] + ["{broken"]
        produce(broker.address, "numbers", [record.encode() for record in records])
        (folder / "pipeline.yaml").write_text(MONITORED.format(broker=broker.address, nobody=f"127.0.0.1:{free_port()}"))
        with Live("pipeline.yaml", cwd=folder) as live:
            until_read(live, 31)
            text = live.ask("GET", "/metrics")[2].decode()
    finally:
        broker.stop()
    exported = set(re.findall(r"^(\w+)[{ ]", text, re.MULTILINE))
    expect_equal(set(), named - exported, "named by the dashboard or the rules, and not exported")


def without(folder):
    """Without a page nothing listens, and no thread waits."""
    write(folder)
    feed(folder, 0)
    running = Running("run", "orders.yaml", cwd=folder)
    try:
        running.wait_for(lambda out, err: "batch 0" in err, "a batch")
        task = Path(f"/proc/{running.process.pid}/task")
        names = {(thread / "comm").read_text().strip() for thread in task.iterdir()}
        if names & {"feed", "http"}:
            raise Failure(f"threads of a page: {names}")
        inodes = {os.readlink(link) for link in Path(f"/proc/{running.process.pid}/fd").iterdir()}
        if any(name.startswith("socket:") for name in inodes):
            raise Failure(f"sockets: {inodes}")
    finally:
        running.kill()


def ctl(folder):
    feed(folder, 0)
    with Live(write(folder), cwd=folder) as live:
        until_read(live, 20)

        def ask(*words, code=0):
            return sluice("ctl", *words, "--connect", f"127.0.0.1:{live.port}", cwd=folder).must_exit(code)

        live.wait_until("orders", lambda s: s["verdict"]["state"] == "idle", "is idle")
        for _ in range(20):  # they change meanwhile on a machine with other work
            shown = ask("status").out
            head = live.status("orders")["verdict"]["text"]
            if "orders  running" in shown and head in shown:
                break
        else:
            raise Failure(f"the words of the page ({head}) are not those of ctl:\n{shown}")
        expect_equal("orders", json.loads(ask("status", "--json").out)["pipelines"][0]["name"], "--json")
        ask("pause")
        live.wait_until("orders", lambda s: s["state"] == "paused", "is paused")
        refused = ask("trigger", "orders", code=2)
        if "paused" not in refused.err:
            raise Failure(f"no reason: {refused.err}")
        ask("resume", "orders")
        if "no pipeline 'order'" not in ask("pause", "order", code=2).err:
            raise Failure("an unknown pipeline")
        # The process ends with its only pipeline.
        if (said := ask("stop").out) not in ("stopped\n", "stopping; its page does not answer any more\n"):
            raise Failure(f"it does not wait for the end: {said}")
        live.running.finish().must_exit(0)
        away = sluice("ctl", "status", "--connect", f"127.0.0.1:{live.port}", cwd=folder).must_exit(1)
        if "connect" not in away.err:
            raise Failure(f"nobody answers: {away.err}")


def refused(folder):
    """What is not safe to serve is not served, and the message says what to do."""
    path = write(folder)

    def must_refuse(*options, words, env=None):
        done = sluice("run", path, *options, cwd=folder, env=env).must_exit(2)
        for word in words:
            if word not in done.err:
                raise Failure(f"{options}: no '{word}' in {done.err}")

    must_refuse("--ui", "0.0.0.0:0", words=["token"])
    (folder / "token").write_text("0123456789abcdef-secret\n")
    must_refuse("--ui", "0.0.0.0:0", "--ui-token-file", "token", words=["plain"])
    must_refuse("--ui", "nonsense:port", words=["nonsense"])
    must_refuse("--ui", "127.0.0.1:0", "--ui-certificate", "none.pem", "--ui-key", "none.key", words=["none.pem"])
    (folder / "empty").write_text("\n")
    must_refuse("--ui", "127.0.0.1:0", "--ui-token-file", "empty", words=["empty"])
    with Live(path, "--ui-token-file", "token", cwd=folder) as live:
        code, _, _ = live.ask("GET", "/status")
        expect_equal(401, code, "without a token")
        code, _, _ = live.ask("GET", "/status", headers={"Authorization": "Bearer 0123456789abcdef-secret"})
        expect_equal(200, code, "with the token")
        known = sluice("ctl", "status", "--connect", str(live.port), "--token-file", "token", cwd=folder)
        known.must_exit(0)
        live.running.kill()


def link(folder):
    """Where the page is, is said whatever the log leaves out; a file after --ui is a file."""
    write(folder)
    for words in (["--ui", "orders.yaml"], ["orders.yaml", "--ui", "--log-level", "off"]):
        running = Running("run", *words, cwd=folder)
        try:
            running.wait_for(lambda out, err: "the page is at http://127.0.0.1:" in err, "it says where its page is")
        finally:
            running.kill()
    done = sluice("run", "--ui", "127.0.0.1:0", cwd=folder).must_exit(2)
    if "which pipeline" not in done.err:
        raise Failure(done.err)
    done = sluice("run", "orders.yaml", "--ui", "127.0.0.1", cwd=folder).must_exit(2)
    if "'127.0.0.1'" not in done.err or "no port" not in done.err:
        raise Failure(f"an address without a port: {done.err}")


def columns_of(event):
    return {column["name"]: values for column, values in zip(event["columns"], event["data"])}


def charts(folder):
    """What streams that watch a chart get, and that one which watches nothing gets none."""
    text = PIPELINE + """\
charts:
  sizes: {{from: totals, bar: {{x: k, y: n}}}}
  rows: {{from: parsed, scatter: {{x: id, y: amount}}}}
"""
    feed(folder, 0)
    with Live(write(folder, text=text), cwd=folder) as live, live.events() as watching, live.events() as idle:
        until_read(live, 20)
        stream = watching.until("hello")["stream"]
        code, _, body = live.ask("POST", "/api/watch", json.dumps({"stream": stream, "charts": [
            ["orders", "sizes"], ["orders", "rows"], ["orders", "none"], ["other", "rows"]]}))
        expect_equal((200, b"{}"), (code, body), "what is watched is said")
        first = {}
        while len(first) < 2:
            event = watching.until("chart")
            first[event["chart"]] = event
        expect_equal("replace", first["rows"]["mode"], "all rows come first")
        expect_equal([float(n) + 0.5 for n in range(0, 20, 2)], sorted(map(float, columns_of(first["rows"])["amount"])),
                     "rows of the stream")
        feed(folder, 1)
        more = watching.until("chart")
        while more["chart"] != "rows":
            more = watching.until("chart")
        expect_equal(("append", 10), (more["mode"], len(columns_of(more)["id"])), "only the newer rows come after them")
        until_read(live, 40)
        idle.until("batch")
        if "chart" in idle.seen:
            raise Failure("a stream that watches nothing gets rows of charts")
        for wrong in ("[]", "{}", '{"stream": 1, "charts": []}', '{"stream": "1", "charts": [["orders"]]}', "no JSON"):
            code, _, _ = live.ask("POST", "/api/watch", wrong)
            expect_equal(400, code, wrong)
        code, _, _ = live.ask("POST", "/api/watch", '{"stream": "999", "charts": []}')
        expect_equal(404, code, "a stream that is not there")
        code, _, body = live.ask("GET", "/api/pipelines/orders/charts/size")
        if code != 404 or b"sizes" not in body:
            raise Failure(f"a chart that is not there: {code} {body}")
        code, headers, body = live.ask("GET", "/api/pipelines/orders/charts/sizes?format=csv")
        expect_equal(("k,n", 5), (body.decode().splitlines()[0], len(body.decode().splitlines()[1:])), "as CSV")
        if "attachment" not in headers["Content-Disposition"]:
            raise Failure(f"CSV is not saved: {headers}")


def dashboard(folder):
    """Tables without a job: their rows, and those that come later; a pipeline is refused."""
    import deltalake
    import duckdb
    import pyarrow

    def parquet(rows):
        duckdb.sql(f"COPY (SELECT range AS id, 'shop ' || range % 3 AS \"the shop\", DATE '2026-01-01' + range::INT AS day "
                   f"FROM range({rows})) TO '{folder}/.new' (FORMAT parquet)")
        (folder / ".new").rename(folder / "sales.parquet")

    parquet(30)
    deltalake.write_deltalake(folder / "stock", pyarrow.table({"item": ["a", "b"], "left": [3, 4]}))
    (folder / "people.csv").write_text("name,age\nAda,36\nGrace,85\n")
    with Live("sales.parquet", "stock", "people.csv", "--refresh", "100ms", cwd=folder, command="dashboard") as live:
        with live.events() as events:
            hello = events.until("hello")
            expect_equal(("dashboard", ["dashboard"]), (hello["mode"], hello["pipelines"]), "it says what it is")
            shown = events.until("snapshot")
        ids = {chart["id"]: chart for chart in shown["charts"]}
        expect_equal({"sales", "stock", "people"}, {chart["tab"] for chart in ids.values()}, "a tab for each table")
        by = {chart["title"]: chart["id"] for chart in ids.values() if chart["tab"] == "sales"}
        live.wait_for_chart("dashboard", by["Rows"], {"rows": [30]})
        live.wait_for_chart("dashboard", by["the shop"], {"rows": [10, 10, 10]})
        live.wait_for_chart("dashboard", by["Rows by day"], {"rows": [1] * 30})
        live.wait_for_chart("dashboard", "stock_1", {"rows": [2]})
        live.wait_for_chart("dashboard", "people_1", {"rows": [2]})
        parquet(60)
        deltalake.write_deltalake(folder / "stock", pyarrow.table({"item": ["c"], "left": [5]}), mode="append")
        live.wait_for_chart("dashboard", by["the shop"], {"rows": [20, 20, 20]})
        for _ in range(200):
            if live.chart("dashboard", "stock_1")["rows"][-1] == 3:
                break
            time.sleep(0.05)
        expect_equal(3, live.chart("dashboard", "stock_1")["rows"][-1], "rows of the Delta table")
        # A table that is away for a moment ends nothing.
        (folder / "sales.parquet").rename(folder / "away")
        live.wait_until("dashboard", lambda status: status["restarts"] > 0, "misses its table")
        (folder / "away").rename(folder / "sales.parquet")
        live.wait_until("dashboard", lambda status: status["state"] == "running", "has its table again")
        live.wait_for_chart("dashboard", by["the shop"], {"rows": [20, 20, 20]})
        live.running.stop().must_exit(0)
    expect_equal(["people.csv", "sales.parquet", "stock"], sorted(path.name for path in folder.iterdir()),
                 "nothing is written")
    printed = sluice("dashboard", "sales.parquet", "--print", cwd=folder).must_exit(0).out
    (folder / "own.yaml").write_text(printed)
    with Live("own.yaml", cwd=folder, command="dashboard") as live:
        live.wait_for_chart("dashboard", "sales_1", {"rows": [60]})
    write(folder)
    done = sluice("dashboard", "orders.yaml", cwd=folder).must_exit(2)
    if "sluice run --ui orders.yaml" not in done.err:
        raise Failure(done.err)
    sluice("dashboard", "nothing.parquet", cwd=folder).must_exit(2)
    sluice("dashboard", "sales.parquet", "--refresh", "0s", cwd=folder).must_exit(2)
    # Names that SQL, YAML or a pipeline file would take for something else.
    (folder / "order.csv").write_text('id,"${HOME}","a ""b"": {c}"\n1,2,3\n')
    (folder / "Order.csv").write_text("id\n1\n")
    with Live("order.csv", "Order.csv", cwd=folder, command="dashboard") as live:
        live.wait_for_chart("dashboard", "table_order_1", {"rows": [1]})
        live.wait_for_chart("dashboard", "table_Order_2_1", {"rows": [1]})
        with live.events() as events:
            titles = {chart["title"] for chart in events.until("snapshot")["charts"]}
        if not {"id", "${HOME}", 'a "b": {c}'} <= titles:
            raise Failure(f"columns of other names: {titles}")


CHARTED = """\
name: charted
tables:
  people: {csv: {path: people.csv, schema: {name: VARCHAR, age: BIGINT}}}
charts:
  ages: {tab: All, from: people, bar: {x: name, y: age}}
  wrong: {tab: More, sql: "SELECT CAST(name AS INTEGER) AS n FROM people", table: {}}
"""


def export(folder):
    """Charts as one HTML file: what is refused, what it has in it. browser/saved opens it."""
    (folder / "people.csv").write_text("name,age\nAda,36\n</script>,85\n")
    (folder / "charted.yaml").write_text(CHARTED)

    def refused(words, *arguments, code=2):
        ended = sluice(*arguments, cwd=folder)
        ended.must_exit(code)
        if words not in ended.err:
            raise Failure(f"{arguments}: {ended.err}")

    def data(name):
        page = (folder / name).read_text()
        found = re.findall(r'<script type="application/json" id="saved">(.*?)</script>', page, re.DOTALL)
        expect_equal(1, len(found), "the data of the page")
        if "<" in found[0]:
            raise Failure("the data has a < in it")
        return json.loads(found[0])

    refused("chart 'wrong': its query has failed: ", "dashboard", "charted.yaml", "-o", "all.html")
    saved = data("all.html")
    expect_equal([["Ada", "</script>"], [36, 85]], saved["charts"][0]["data"], "the rows")
    if "error" not in saved["charts"][1]:
        raise Failure(f"a query that fails: {saved['charts'][1]}")
    expect_equal(["charted"], saved["hello"]["pipelines"], "whose they are")
    before = (folder / "all.html").read_bytes()
    refused("all.html: is there already; --force saves over it", "dashboard", "charted.yaml", "-o", "all.html")
    expect_equal(before, (folder / "all.html").read_bytes(), "the file that was there")
    sluice("dashboard", "charted.yaml", "-o", "all.html", "--tab", "All", "--force", cwd=folder).must_exit(0)
    expect_equal(["ages"], [chart["chart"] for chart in data("all.html")["charts"]], "of one tab")
    refused("there is no tab 'Al' with charts; did you mean 'All'?", "dashboard", "charted.yaml", "-o", "x.html", "--tab", "Al")
    refused("away/x.html: No such file or directory", "dashboard", "charted.yaml", "-o", "away/x.html")
    refused("--tab requires --output", "dashboard", "charted.yaml", "--tab", "All")
    refused("nothing.parquet", "dashboard", "nothing.parquet", "-o", "x.html")
    if (folder / "x.html").exists():
        raise Failure("a file is left of what was refused")
    token = "correct-horse-battery"
    (folder / "token").write_text(token + "\n")
    with Live("charted.yaml", "--ui-token-file", "token", cwd=folder, command="dashboard") as live:
        asked = ["ctl", "export", "--connect", live.url]
        refused("asks for a token", *asked, "-o", "remote.html")
        asked += ["--token-file", "token"]
        sluice(*asked, "-o", "remote.html", cwd=folder).must_exit(0)
        expect_equal(2, len(data("remote.html")["charts"]), "charts")
        refused("--output is required", *asked)
        refused("is there already", *asked, "-o", "remote.html")
        refused("there is no tab 'no & tab' with charts", *asked, "-o", "x.html", "--tab", "no & tab")
        refused("there is no pipeline 'chartet'; did you mean 'charted'?", *asked, "chartet", "-o", "x.html")
        status, headers, body = live.ask("GET", "/api/pipelines/charted/dashboard.html", headers={"Authorization": f"Bearer {token}"})
        expect_equal((200, "text/html; charset=utf-8"), (status, headers["Content-Type"]), "the API's")
        if 'attachment; filename="charted.html"' not in headers["Content-Disposition"] or token.encode() in body:
            raise Failure(f"{headers}")
    write(folder)
    with Live("orders.yaml", cwd=folder) as live:
        refused("there are no charts to save", "ctl", "export", "--connect", live.url, "-o", "x.html")
    refused("ask the sluice at", "ctl", "export", "--connect", live.url, "-o", "x.html", code=1)
    if (folder / "x.html").exists():
        raise Failure("a file is left of what was refused")


def attacked(folder, token=""):
    """What test/http_attacks tries with bytes alone, against a pipeline that runs: refused, and no batch is missing."""
    (folder / "token").write_text((token or "not used at all") + "\n")
    options = ["--ui-token-file", "token"] if token else []
    with Live(write(folder), *options, cwd=folder) as live:
        target = Target("127.0.0.1", live.port, token, read="/api/pipelines",
                        change="/api/pipelines/orders/pause", stream="/events")
        chosen = [one for one in all_attacks()
                  if one.server == ("token" if token else "open") and not callable(one.what)]
        problems, batch = [], 0
        for one in chosen:
            if batch % 10 == 0:
                feed(folder, batch // 10, rows=5)
            batch += 1
            if problem := run_attack(one, target):
                problems.append(problem)
        expect_equal([], problems, "attacks that are not answered as they should be")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for _ in range(200):
            known = json.loads(live.ask("GET", "/api/pipelines/orders", headers=headers)[2])
            if read(known) == 5 * ((batch + 9) // 10):
                break
            time.sleep(0.05)
        expect_equal(5 * ((batch + 9) // 10), read(known), "records read meanwhile")
        expect_equal(("running", 0, 0), (known["state"], known["reloads"], known["retries"]), "the pipeline")
