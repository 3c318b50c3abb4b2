"""Alerts over whole pipelines: what fires is said once to a receiver that the test owns, and its end once; after
failures of the receiver, restarts and kills, too."""

import json
import signal
import socket
import time
from pathlib import Path

from alerts.hook import Hook, MailServer
from crash.hits import hits_of
from crash.starts import store_that_is_away
from support.broker import EmbeddedBroker
from support.case import Case, Failure, expect_equal
from support.live import Live
from support.program import Running, sluice
from support.s3 import Store

PIPELINE = """\
name: plant
sources:
  readings:
    json_lines:
      path: in
      max_files_per_trigger: 1
      schema: {{sensor: VARCHAR, t: DOUBLE}}
views:
  averages: SELECT sensor, round(avg(t), 2) AS t FROM readings GROUP BY sensor
sinks:
  rows: {{from: readings, parquet: {{path: out/rows}}}}
notify:
{notify}
alerts:
{alerts}
trigger: {{every: 20ms}}
checkpoint: checkpoint
"""

HOT = """\
  hot:
    when: SELECT sensor, t FROM averages WHERE t > 80
    every: 1ms
    text: "{{sensor}} is {{t}} °C"
    title: Hot sensor
    severity: page
    to: ops
"""


# Of the batch's rows: whoever misses the batch has missed it.
SPIKE = """\
  spike:
    when: SELECT sensor, t FROM readings WHERE t > 250
    to: ops
"""


def cases():
    yield Case("webhook", webhook)
    yield Case("page", page)
    yield Case("fails_at_first", lambda folder: stubborn(folder, [500, 500, 429, "lost"]))
    yield Case("refuses", refuses)
    yield Case("down_at_first", down_at_first)
    yield Case("hangs", hangs)
    yield Case("restarted", restarted)
    yield Case("killed_while_sending", killed_while_sending)
    yield Case("killed_aside", killed_aside)
    yield Case("crash", crash)
    yield Case("silence", silence)
    yield Case("groups", groups)
    yield Case("job", job)
    yield Case("failed", failed)
    yield Case("broken_query", broken_query)
    yield Case("reload", reload)
    yield Case("chats", chats)
    yield Case("mail", mail)
    yield Case("kafka", kafka)
    yield Case("secrets", secrets)
    yield Case("metrics", metrics)


def write(folder, alerts=HOT, notify=None, hook=None):
    (folder / "in").mkdir(exist_ok=True)
    notify = notify or f'  ops: {{webhook: {{url: "{hook.url()}", timeout: 1s}}}}\n'
    text = PIPELINE.format(notify=notify, alerts=alerts.replace("{{", "{").replace("}}", "}"))
    path = folder / "pipeline.yaml"
    path.write_text(text)
    return path.name


class Readings:
    """A folder that gets one file of records after the other."""

    def __init__(self, folder):
        self.folder = folder / "in"
        self.folder.mkdir(exist_ok=True)
        self.count = len(list(self.folder.iterdir()))

    def add(self, *readings):
        lines = "".join(json.dumps({"sensor": sensor, "t": t}) + "\n" for sensor, t in readings)
        self.add_text(lines)

    def add_text(self, text):
        whole = self.folder / f".{self.count:06d}"
        whole.write_text(text)
        whole.rename(self.folder / f"{self.count:06d}.jsonl")
        self.count += 1


def said(bodies):
    return [f"{body['state']} {body['key']}" for body in bodies]


def webhook(folder):
    readings = Readings(folder)
    with Hook() as hook:
        program = Running("run", write(folder, hook=hook), cwd=folder)
        try:
            readings.add(("a", 90), ("b", 70))
            begin = hook.wait_for(1)[0]
            readings.add(("a", 20), ("b", 70))
            end = hook.wait_for(2)[1]
            readings.add(("a", 20))
            time.sleep(0.5)
        finally:
            program.stop()
        expect_equal(["firing a", "resolved a"], said(hook.bodies()), "notices")
        expect_equal((1, "plant", "hot", "page", "Hot sensor", "a is 90.0 °C", {"sensor": "a", "t": 90.0}),
                     tuple(begin[name] for name in ("version", "pipeline", "alert", "severity", "title", "text", "values")),
                     "the first notice")
        expect_equal((begin["id"], begin["started"]), (end["id"], end["started"]), "the incident at its end")
        if "ended" in begin or end["ended"] < begin["started"]:
            raise Failure(f"times: {begin} {end}")
        expect_equal([f"plant/hot/{begin['id']}/firing", f"plant/hot/{begin['id']}/resolved"], hook.keys(), "keys")


def page(folder):
    readings = Readings(folder)
    with Hook() as hook, Live(write(folder, hook=hook), cwd=folder) as live, live.events() as stream:
        hello = stream.until("hello")
        if "alerts" not in hello["features"]:
            raise Failure(f"hello does not name alerts: {hello}")
        snapshot = stream.until("snapshot")
        expect_equal(("hot", "ok", ["ops"]), tuple(snapshot["alerts"][0][name] for name in ("id", "state", "to")),
                     "the alert at first")
        readings.add(("a", 90), ("<b>", 95))
        event = stream.until("alert", lambda e: e.get("alert", {}).get("state") == "firing" and "incident" in e)
        expect_equal(["<b>", "a"], sorted(key["key"] for key in event["alert"]["keys"]), "keys")
        expect_equal(None, event["incident"]["to"], "the incident's end")
        with live.events() as later:
            expect_equal(2, len(later.until("snapshot")["incidents"]), "incidents of a new snapshot")
        readings.add(("a", 0), ("<b>", 0))
        event = stream.until("alert", lambda e: e.get("alert", {}).get("state") == "ok" and e.get("incident", {}).get("to"))
        expect_equal([], event["alert"]["keys"], "keys at the end")


def stubborn(folder, script):
    readings = Readings(folder)
    with Hook(script) as hook:
        program = Running("run", write(folder, hook=hook), cwd=folder)
        try:
            readings.add(("a", 90))
            hook.wait_for(len(script) + 1)
            readings.add(("a", 0))
            hook.wait_for(len(script) + 2)
        finally:
            program.stop()
        expect_equal(["firing a"] * (len(script) + 1) + ["resolved a"], said(hook.bodies()), "notices")
        expect_equal(2, len(set(hook.keys())), "different keys")


def refuses(folder):
    """What is refused for good is given up, and holds up nothing."""
    readings = Readings(folder)
    with Hook([400], text="no such team") as hook:
        program = Running("run", write(folder, hook=hook), cwd=folder)
        try:
            readings.add(("a", 90))
            hook.wait_for(1)
            readings.add(("a", 0))
            hook.wait_for(2)
        finally:
            done = program.stop()
        expect_equal(["firing a", "resolved a"], said(hook.bodies()), "notices")
        if "given up" not in done.err or "no such team" not in done.err:
            raise Failure(f"the log does not say so: {done.err}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def down_at_first(folder):
    readings = Readings(folder)
    port = free_port()
    name = write(folder, notify=f'  ops: {{webhook: {{url: "http://127.0.0.1:{port}/hook"}}}}\n')
    program = Running("run", name, cwd=folder)
    try:
        readings.add(("a", 90))
        program.wait_for(lambda out, err: "tried again" in err, "it said that nobody is there")
        with Hook(port=port) as hook:
            expect_equal(["firing a"], said(hook.wait_for(1)), "notices")
    finally:
        program.stop()


def hangs(folder):
    """A receiver without an answer delays neither batches nor another receiver."""
    readings = Readings(folder)
    with Hook(["hang"] * 100) as bad, Hook() as good:
        notify = (f'  ops: {{webhook: {{url: "{bad.url()}", timeout: 60s}}}}\n'
                  f'  other: {{webhook: {{url: "{good.url()}"}}}}\n')
        name = write(folder, HOT.replace("to: ops", "to: [ops, other]"), notify)
        with Live(name, cwd=folder) as live:
            readings.add(("a", 90))
            good.wait_for(1)
            for _ in range(20):
                readings.add(("a", 90))
            live.wait_until("plant", lambda s: s["sources"] and s["sources"][0]["numInputRows"] == 21, "read all")
            began = time.monotonic()
            live.running.stop().must_exit(0)
            if time.monotonic() - began > 20:
                raise Failure("its end waits for the receiver")


def restarted(folder):
    """A kill while it fires: nothing is said again, its end is said."""
    readings = Readings(folder)
    with Hook() as hook:
        name = write(folder, hook=hook)
        program = Running("run", name, cwd=folder)
        readings.add(("a", 90))
        hook.wait_for(1)
        # The mark follows the answer.
        time.sleep(1)
        program.kill()
        program = Running("run", name, cwd=folder)
        try:
            readings.add(("a", 90))
            time.sleep(1)
            expect_equal(["firing a"], said(hook.bodies()), "notices after the restart")
            readings.add(("a", 0))
            hook.wait_for(2)
        finally:
            program.stop()
        expect_equal(["firing a", "resolved a"], said(hook.bodies()), "notices")
        expect_equal(1, len({body["id"] for body in hook.bodies()}), "incidents")


def killed_while_sending(folder):
    """Between the answer and the mark it is sent again, recognisably. Nothing but the batch has noted it then."""
    readings = Readings(folder)
    with Hook() as hook:
        name = write(folder, hook=hook)
        readings.add(("a", 10))
        readings.add(("a", 300))
        died = sluice("run", name, cwd=folder, env={"SLUICE_CRASH": "alerts.sent:1"})
        expect_equal(-signal.SIGKILL, died.exit, "exit code")
        sluice("run", name, "--available-now", cwd=folder).must_exit(0)
        expect_equal(["firing a", "firing a"], said(hook.bodies()), "notices")
        expect_equal(1, len(set(hook.keys())), "keys")
        sluice("run", name, "--available-now", cwd=folder).must_exit(0)
        expect_equal(2, len(hook.bodies()), "notices after one more start")


def killed_aside(folder):
    """What is noted beside a batch that hangs, and not sent: the next start sends it, and its end."""
    readings = Readings(folder)
    with store_that_is_away() as proxy, Hook() as hook:
        away = list(proxy.faults)
        proxy.faults.clear()
        name = write(folder, "  stale: {freshness: 2s, to: ops}\n", hook=hook)
        text = (folder / name).read_text().replace("path: out/rows", "path: far://rows")
        (folder / name).write_text(text + Store(proxy.endpoint, retries=0).mount("far")
                                   + "engine: {retries: 1000000, retry_pause_max: 100ms}\n")
        program = Running("run", name, cwd=folder, env={"SLUICE_CRASH": "alerts.aside:1"})
        try:
            readings.add(("a", 1))
            program.wait_for(lambda out, err: "batch 0:" in err, "the first batch")
            proxy.faults.extend(away)
            readings.add(("a", 2))
            expect_equal(-signal.SIGKILL, program.finish().exit, "exit code")
        finally:
            program.process.kill()
        expect_equal([], hook.bodies(), "notices before the kill")
        proxy.faults.clear()
        sluice("run", name, "--available-now", cwd=folder).must_exit(0)
        expect_equal(["firing", "resolved"], [body["state"] for body in hook.bodies()], "notices")
        expect_equal(1, len({body["id"] for body in hook.bodies()}), "incidents")


# ---- kill -9 at every point

BATCHES = [[("a", 90), ("b", 10)], [("b", 300)], [("a", 10), ("c", 85)], [("b", 0), ("c", 85)], [("c", 0)]]


def expected_incidents():
    """By plain sums: what fires and ends."""
    sums, firing, peaks, all_said = {}, set(), set(), []
    for batch in BATCHES:
        for sensor, t in batch:
            sums.setdefault(sensor, []).append(t)
        hot = {sensor for sensor, ts in sums.items() if round(sum(ts) / len(ts), 2) > 80}
        high = {sensor for sensor, t in batch if t > 250}
        for alert, before, now in (("hot", firing, hot), ("spike", peaks, high)):
            all_said += [f"{alert} firing {sensor}" for sensor in now - before]
            all_said += [f"{alert} resolved {sensor}" for sensor in before - now]
        firing, peaks = hot, high
    return sorted(all_said)


def crash(folder):
    failures = []
    points = crash_points(folder / "list")
    for needed in ("alerts.noted", "alerts.kept", "alerts.send", "alerts.sent", "engine.committed"):
        if needed not in points:
            raise Failure(f"the point {needed} was not passed: {points}")
    for point in points:
        hits = (1, 2, 3) if point.startswith("alerts.") else hits_of(point, (1, 2))
        for hit in hits:
            try:
                crash_once(folder / f"{point}-{hit}", f"{point}:{hit}")
            except Failure as failure:
                failures.append(f"{point}:{hit}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


def job_of(folder, hook):
    folder.mkdir(parents=True)
    readings = Readings(folder)
    for batch in BATCHES:
        readings.add(*batch)
    return write(folder, HOT + SPIKE, hook=hook)


def said_by_alert(bodies):
    return sorted(f"{body['alert']} {body['state']} {body['key']}" for body in bodies)


def crash_points(folder):
    with Hook() as hook:
        name = job_of(folder, hook)
        sluice("run", name, "--available-now", cwd=folder,
               env={"SLUICE_CRASH": f"list:{folder}/points"}).must_exit(0)
        expect_equal(expected_incidents(), said_by_alert(hook.bodies()), "notices without a kill")
    return sorted(set((folder / "points").read_text().split()))


def crash_once(folder, point):
    with Hook() as hook:
        name = job_of(folder, hook)
        died = sluice("run", name, "--available-now", cwd=folder, env={"SLUICE_CRASH": point})
        if died.exit not in (0, -signal.SIGKILL):
            raise Failure(f"exit code {died.exit}: {died.err}")
        sluice("run", name, "--available-now", cwd=folder).must_exit(0)
        by_key = {}
        for body in hook.bodies():
            by_key.setdefault(body["notice"], []).append(body)
        expect_equal(expected_incidents(), said_by_alert(bodies[0] for bodies in by_key.values()),
                     "notices, each id once")
        for bodies in by_key.values():
            if len(bodies) > 2 or any(body != bodies[0] for body in bodies):
                raise Failure(f"one notice, several texts or too many: {bodies}")
        for state in ("firing", "resolved"):
            ids = [body[0]["id"] for body in by_key.values() if body[0]["state"] == state]
            expect_equal(len(ids), len(set(ids)), f"ids of incidents that are {state}")


# ---- silence, groups, the job

def silence(folder):
    readings = Readings(folder)
    path = "/api/pipelines/plant/alerts/{}/silence"
    with Hook() as hook, Live(write(folder, hook=hook), cwd=folder) as live:
        def post(alert, body, expected=200):
            status, _, answer = live.ask("POST", path.format(alert), json.dumps(body))
            expect_equal(expected, status, f"{body}: {answer[:300]}")
            return json.loads(answer)

        until = post("hot", {"for": "1h", "key": "a"})["until"]
        if not 3_500_000 < until - time.time() * 1000 < 3_700_000:
            raise Failure(f"until: {until}")
        for wrong in ({}, {"for": "soon"}, {"for": 5}, {"for": "-1h"}, {"for": "1h", "key": 3}, {"for": "9999999d"}):
            post("hot", wrong, 400)
        post("hto", {"for": "1h"}, 404)
        with live.events() as stream:
            stream.until("snapshot")
            readings.add(("a", 90), ("b", 90))
            hook.wait_for(1)
            event = stream.until("alert", lambda e: len(e.get("alert", {}).get("keys", [])) == 2)
            expect_equal({"a": "silenced", "b": "firing"}, {key["key"]: key["state"] for key in event["alert"]["keys"]},
                         "states")
        time.sleep(0.5)
        expect_equal(["firing b"], said(hook.bodies()), "notices in the silence")
        ctl = ("ctl", "silence", "plant", "--connect", live.url, "--alert", "hot")
        if "hot: silent until 20" not in sluice(*ctl, cwd=folder).must_exit(0).out:
            raise Failure("ctl does not say until when")
        sluice(*ctl, "--for", "0s", "--key", "b", cwd=folder).must_exit(0)
        sluice("ctl", "silence", "plant", "--connect", live.url, "--alert", "hto", cwd=folder).must_exit(2)
        post("hot", {"for": "0s"})
        expect_equal(["firing b", "firing a"], said(hook.wait_for(2)), "notices after it")


def groups(folder):
    alerts = HOT + "    group_by: []\n    group_wait: 300ms\n"
    readings = Readings(folder)
    with Hook() as hook:
        program = Running("run", write(folder, alerts, hook=hook), cwd=folder)
        try:
            readings.add(("a", 90))
            readings.add(("b", 90), ("c", 20))
            begin = hook.wait_for(1)[0]
            readings.add(("a", 0), ("b", 0))
            end = hook.wait_for(2)[1]
        finally:
            program.stop()
        for body, state in ((begin, "firing"), (end, "resolved")):
            expect_equal((state, ["a", "b"]), (body["state"], sorted(one["key"] for one in body["incidents"])),
                         "a notice of a group")
        expect_equal(2, len(hook.bodies()), "notices")


JOB = """\
  silent: {no_data: 700ms, to: ops}
  stale: {freshness: 700ms, to: ops}
  broken: {dead_letters: 10 %, to: ops, text: "{count} of {source}"}
  slow: {batch_longer_than: 1us, to: ops, resolved: false}
  lag: {lag: 3, to: ops}
"""


def job(folder):
    readings = Readings(folder)
    with Hook() as hook:
        def wait_for(text):
            end = time.monotonic() + 60
            while text not in [f"{body['state']} {body['alert']} {body['key']}".strip() for body in hook.bodies()]:
                if time.monotonic() > end:
                    raise Failure(f"'{text}' was never said: {hook.bodies()}")
                time.sleep(0.02)

        for _ in range(6):
            readings.add(("a", 1))
        program = Running("run", write(folder, JOB, hook=hook), cwd=folder)
        try:
            wait_for("firing slow")
            wait_for("firing lag readings")
            wait_for("resolved lag readings")
            wait_for("firing silent readings")
            wait_for("firing stale")
            readings.add_text('{"sensor": "a", "t": 1}\n{broken\n{broken\n')
            wait_for("resolved silent readings")
            wait_for("resolved stale")
            wait_for("firing broken readings")
            broken = next(body for body in hook.bodies() if body["alert"] == "broken")
            expect_equal("2 of readings", broken["text"], "text")
        finally:
            program.stop()


def failed(folder):
    """A run that ends with an error says so before the process ends, and the next batch is the end of it."""
    readings = Readings(folder)
    with Hook() as hook:
        name = write(folder, "  down: {failed: true, to: ops}\n", hook=hook)
        text = (folder / name).read_text()
        broken = text.replace("schema: {", "on_error: fail\n      schema: {")
        (folder / name).write_text(broken)
        readings.add_text('{"sensor": "a", "t": "hot"}\n')
        sluice("run", name, "--available-now", cwd=folder).must_exit(2)
        expect_equal(["firing "], said(hook.bodies()), "notices of the failed run")
        if "E_BAD_RECORD" not in hook.bodies()[0]["text"]:
            raise Failure(f"no reason: {hook.bodies()}")
        sluice("run", name, "--available-now", cwd=folder).must_exit(2)
        expect_equal(1, len(hook.bodies()), "notices of two failed runs")
        (folder / name).write_text(text)
        sluice("run", name, "--available-now", cwd=folder).must_exit(0)
        expect_equal(["firing ", "resolved "], said(hook.bodies()), "notices")


def broken_query(folder):
    """A query that fails costs its alert a state, and the sinks nothing."""
    alerts = HOT + "  odd: {when: \"SELECT CAST(sensor AS BIGINT) AS n FROM readings\", to: ops}\n"
    readings = Readings(folder)
    with Hook() as hook, Live(write(folder, alerts, hook=hook), cwd=folder) as live:
        for n in range(3):
            readings.add(("a", 90), ("b", n))
        live.wait_until("plant", lambda s: s["sources"] and s["sources"][0]["numInputRows"] == 6, "read all")
        hook.wait_for(1)
        with live.events() as stream:
            snapshot = stream.until("snapshot")
        odd = next(alert for alert in snapshot["alerts"] if alert["id"] == "odd")
        expect_equal("error", odd["state"], "state")
        done = live.running.stop().must_exit(0)
    expect_equal(["firing a"], said(hook.bodies()), "notices")
    expect_equal(1, done.err.count("alert 'odd' is not judged"), "warnings")
    from support import tables
    duck = tables.connection()
    rows = duck.execute(f"SELECT count(*) FROM '{folder}/out/rows/**/*.parquet'").fetchone()
    expect_equal(6, rows[0], "rows of the sink")


def reload(folder):
    """A new version of the file goes on with what fires; an alert that is gone is over."""
    readings = Readings(folder)
    with Hook() as hook:
        name = write(folder, hook=hook)
        with Live(name, cwd=folder) as live:
            readings.add(("a", 90))
            hook.wait_for(1)
            write(folder, HOT.replace("t > 80", "t > 85"), hook=hook)
            live.post("/api/pipelines/plant/reload")
            readings.add(("a", 90))
            time.sleep(0.5)
            expect_equal(["firing a"], said(hook.bodies()), "notices after the reload")
            write(folder, HOT.replace("  hot:", "  other:"), hook=hook)
            live.post("/api/pipelines/plant/reload")
            bodies = hook.wait_for(2)
            expect_equal(["hot resolved"], [f"{b['alert']} {b['state']}" for b in bodies[1:2]], "the alert that is gone")


# ---- who is informed

NASTY = 'x"\'\r\nBcc: all@example.com\r\n\r\n<script>&amp;</script> *bold* <!channel> \u2028\u202e ß €'


def chats(folder):
    readings = Readings(folder)
    with Hook() as hook:
        notify = (f'  chat: {{slack: {{url: "{hook.url("/services/T0/secret")}"}}}}\n'
                  f'  pager: {{pagerduty: {{routing_key: key1234, url: "{hook.url("/v2/enqueue")}"}}}}\n')
        name = write(folder, HOT.replace("to: ops", "to: [chat, pager]"), notify)
        program = Running("run", name, cwd=folder)
        try:
            readings.add((NASTY, 90))
            message = hook.wait_for(1, "/services/T0/secret")[0]
            event = hook.wait_for(1, "/v2/enqueue")[0]
            readings.add((NASTY, 0))
            end = hook.wait_for(2, "/v2/enqueue")[1]
            hook.wait_for(2, "/services/T0/secret")
        finally:
            program.stop()
        for text in (message["text"], message["attachments"][0]["text"]):
            if "<" in text or ">" in text:
                raise Failure(f"the text says something to Slack: {text}")
        if "\n" in message["text"] or "\r" in message["text"]:
            raise Failure(f"several lines: {message['text']!r}")
        expect_equal(("trigger", "resolve", "key1234", "critical"),
                     (event["event_action"], end["event_action"], event["routing_key"], event["payload"]["severity"]),
                     "events")
        expect_equal(event["dedup_key"], end["dedup_key"], "dedup_key")
        expect_equal(NASTY, event["payload"]["custom_details"]["sensor"], "the value")


def mail(folder):
    readings = Readings(folder)
    server = MailServer(["451 later", "421 later still"])
    notify = f"""\
  ops:
    email:
      server: smtp://127.0.0.1:{server.port}
      tls: none
      from: sluice@example.com
      to: [a@example.com, b@example.com]
"""
    program = Running("run", write(folder, notify=notify), cwd=folder)
    try:
        readings.add((NASTY, 90))
        server.wait_for(1)
        readings.add((NASTY, 0))
        mails = server.wait_for(2)
    finally:
        program.stop()
    for (sender, receivers, message), word in zip(mails, ("FIRING", "RESOLVED")):
        expect_equal(("sluice@example.com", ["a@example.com", "b@example.com"]), (sender, receivers), "envelope")
        if message["Bcc"] or not message["Subject"].startswith(f"[{word}] Hot sensor: x\"'"):
            raise Failure(f"headers: {message.items()}")
        if "<script>&amp;</script> *bold*" not in message.get_content():
            raise Failure(f"body: {message.get_content()}")
    ids = {message["Message-ID"] for _, _, message in mails}
    expect_equal(2, len(ids), "ids")
    expect_equal(1, len({message["References"] for _, _, message in mails}), "threads")


def kafka(folder):
    broker = EmbeddedBroker(folder)
    try:
        broker.create_topic("alerts")
        readings = Readings(folder)
        notify = f'  ops: {{kafka: {{brokers: "{broker.address}", topic: alerts}}}}\n'
        readings.add(("a", 90))
        readings.add(("a", 0))
        sluice("run", write(folder, notify=notify), "--available-now", cwd=folder).must_exit(0)
        from confluent_kafka import Consumer, TopicPartition
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "t", "enable.auto.commit": False})
        consumer.assign([TopicPartition("alerts", 0, 0)])
        records = []
        end = time.monotonic() + 60
        while len(records) < 2 and time.monotonic() < end:
            records += consumer.consume(10, 1)
        consumer.close()
        expect_equal([b"hot/a", b"hot/a"], [record.key() for record in records], "keys")
        expect_equal(["firing a", "resolved a"], said(json.loads(record.value()) for record in records), "notices")
        headers = [dict(record.headers())["Idempotency-Key"] for record in records]
        expect_equal(2, len(set(headers)), "keys of the notices")
    finally:
        broker.stop()


def secrets(folder):
    """What is secret is neither in the log nor on the page, even when a receiver repeats it."""
    words = ["SECRETPATH", "SECRETKEY", "SECRETBEARER", "SECRETPASSWORD"]
    with Hook([401] * 9, text=None) as hook:
        notify = f"""\
  chat: {{slack: {{url: "{hook.url("/services/SECRETPATH")}"}}}}
  pager: {{pagerduty: {{routing_key: SECRETKEY, url: "{hook.url("/v2")}"}}}}
  ops: {{webhook: {{url: "{hook.url()}", bearer: SECRETBEARER}}}}
  mail:
    email: {{server: "smtp://127.0.0.1:{free_port()}", from: a@example.com, to: b@example.com, tls: none,
             user: sluice, password: SECRETPASSWORD}}
"""
        readings = Readings(folder)
        name = write(folder, HOT.replace("to: ops", "to: [chat, pager, ops, mail]"), notify)
        with Live(name, "--log-level", "debug", cwd=folder) as live:
            readings.add(("a", 90))
            live.running.wait_for(lambda out, err: err.count("given up") >= 3 and "mail to" in err, "all refused")
            shown = live.ask("GET", "/api/pipelines/plant/config")[2] + live.ask("GET", "/metrics")[2]
            with live.events() as stream:
                shown += json.dumps(stream.until("snapshot")).encode()
            done = live.running.stop()
        text = shown.decode() + done.err + done.out
        shown = sluice("check", name, cwd=folder)
        text += shown.out + shown.err
        for word in words:
            if word in text:
                at = text.index(word)
                raise Failure(f"{word} is shown: {text[max(0, at - 200):at + 100]}")
        kept = b"".join(path.read_bytes() for path in Path(folder / "checkpoint").rglob("*") if path.is_file())
        for word in words:
            if word.encode() in kept:
                raise Failure(f"{word} is in the checkpoint")


def metrics(folder):
    readings = Readings(folder)
    with Hook([400]) as hook, Live(write(folder, hook=hook), cwd=folder) as live:
        readings.add(("a", 90), ("b", 90))
        hook.wait_for(2)
        for _ in range(200):
            text = live.ask("GET", "/metrics")[2].decode()
            if 'sluice_alert_notices_sent_total{pipeline="plant",receiver="ops"} 1' in text:
                break
            time.sleep(0.05)
        for line in ('sluice_alerts_firing{pipeline="plant",alert="hot",severity="page"} 2',
                     'sluice_alert_notices_sent_total{pipeline="plant",receiver="ops"} 1',
                     'sluice_alert_notices_failed_total{pipeline="plant",receiver="ops"} 1'):
            if line not in text.splitlines():
                raise Failure(f"{line} is not there: {[l for l in text.splitlines() if 'alert' in l]}")
