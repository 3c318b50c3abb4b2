"""The http connector against a server that pages, streams, fails, lies and is slow: killed at every named
instant and at random, each record counts once, and what does not decode is among the dead letters."""

import json
import random
import shutil
import signal
import subprocess
import time

from crash.hits import must_die
from support import tables
from support.case import Case, Failure, expect_equal
from support.http_server import HttpServer, is_bad
from support.program import Running, indent, sluice
from support.soak import rounds

ROWS, MORE = 45, 26

FEEDS = {
    "list": "url: {url}/list, records: /items, unique: /id",
    "pages": "url: {url}/pages, records: /items, page: {{next: /next}}",
    "link": "url: {url}/link, page: {{link: true}}",
    "cursor": "url: {url}/cursor, records: /items, page: {{cursor: /cursor, parameter: after}}",
    "events": "url: {url}/events, stream: events",
}

PIPELINE = """\
name: http
sources:
  rows:
    http: {{{feed}, every: 30ms, max_records_per_trigger: 11}}
    format: {{json: {{schema: {{id: BIGINT, k: INTEGER, text: VARCHAR}}}}}}
views:
  totals: SELECT k, count(*) AS n, sum(id) AS ids FROM rows GROUP BY k
sinks:
  all: {{from: rows, parquet: {{path: out/all}}}}
  totals: {{from: totals, mode: complete, delta: {{path: out/totals}}}}
trigger: {{every: 20ms}}
engine: {{retries: 30, retry_pause_max: 50ms}}
checkpoint: checkpoint
"""

WEBHOOK = """\
name: hook
sources:
  rows:
    json_lines: {{path: in, max_files_per_trigger: 1, schema: {{id: BIGINT}}}}
sinks:
  hook: {{from: rows, http: {{url: "{url}/hook", max_rows: 9, timeout: 5s}}}}
engine: {{retries: 30, retry_pause_max: 50ms}}
checkpoint: checkpoint
"""


def cases():
    for feed in FEEDS:
        yield Case(f"crash/{feed}", lambda folder, feed=feed: every_point(folder, feed))
    for feed in FEEDS:
        yield Case(f"random/{feed}", lambda folder, feed=feed: at_random(folder, feed))
    yield Case("crash/webhook", webhook_every_point)
    yield Case("random/webhook", webhook_at_random)
    yield Case("tls", tls)
    yield Case("messages", messages)
    yield Case("long_cursor", long_cursor)
    yield Case("restored", restored)
    yield Case("proxy", proxy)
    yield Case("stop", stop)
    yield Case("own_columns", own_columns)


def begin(folder, feed, server):
    folder.mkdir()
    text = PIPELINE.format(feed=FEEDS[feed].format(url=server.url()))
    (folder / "pipeline.yaml").write_text(text)
    return folder


def run(folder, crash=None, **env):
    if crash:
        env["SLUICE_CRASH"] = crash
    return sluice("run", "pipeline.yaml", "--available-now", cwd=folder, env=env)


def check(folder, rows):
    """In = out + dead letters, each once."""
    duck = tables.connection()
    for sink, kind in (("all", "parquet"), ("totals", "delta")):
        if not tables.define_table(duck, sink, kind, folder / "out" / sink):
            raise Failure(f"{sink} holds nothing")
    good = [n for n in range(rows) if not is_bad(n)]
    duck.execute("CREATE TABLE good AS SELECT unnest(?) AS id", [good])
    tables.expect_same_rows(duck, "SELECT id, id % 5 AS k, 'größe ' || id AS text FROM good",
                            'SELECT id, k, text FROM "all"', "all")
    tables.expect_same_rows(duck, "SELECT id % 5 AS k, count(*) AS n, sum(id) AS ids FROM good GROUP BY 1",
                            "SELECT k, n, ids FROM totals", "totals")
    if not tables.define_table(duck, "letters", "parquet", folder / "checkpoint" / "dead_letter" / "rows"):
        raise Failure("no dead letters")
    letters = sorted(json.loads(bytes(row[0]) if isinstance(row[0], (bytes, bytearray)) else row[0])["id"]
                     for row in duck.execute("SELECT value FROM letters").fetchall())
    expect_equal([n for n in range(rows) if is_bad(n)], letters, "dead letters")


# ---- the source

def every_point(folder, feed):
    """Killed at each point of the connector and of its inbox; the rest is fetched by the next run."""
    failures = []
    with HttpServer() as server:
        whole = begin(folder / "whole", feed, server)
        server.grow(ROWS)
        run(whole, crash=f"list:{folder / 'points'}").must_exit(0)
        check(whole, ROWS)
    points = sorted(set((folder / "points").read_text().split()))
    own = [point for point in points if point.startswith(("http.", "inbox."))]
    if len(own) < 4:
        raise Failure(f"the run passes {own} only")
    for point in own + ["engine.committed", "engine.published", "engine.released"]:
        # The other ways of paging differ in nothing that a kill could find.
        for hit in (2,) if point not in own else (1,) if feed in ("link", "cursor") else (1, 2):
            with HttpServer() as server:
                job = begin(folder / f"{point}-{hit}", feed, server)
                server.grow(ROWS)
                try:
                    died = run(job, crash=f"{point}:{hit}")
                    if died.exit != -signal.SIGKILL and (must_die(point, hit, 3) or died.exit):
                        raise Failure(f"was not killed but ended with {died.exit}\n"
                                      + indent(died.err, "  stderr| "))
                    server.grow(MORE)
                    for _ in range(2):
                        run(job).must_exit(0)
                        check(job, ROWS + MORE)
                    shutil.rmtree(job)
                except Failure as failure:
                    failures.append(f"{point}:{hit}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


def at_random(folder, feed, kills=rounds(6, 100)):
    """kill -9 at any instant, of a run without an end, from a feed that grows and a server that is ill."""
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    try:
        with HttpServer(seed=seed) as server:
            job = begin(folder / "job", feed, server)
            server.disturb(0.3, "fails", "busy", "cut", "reset", "slow")
            for _ in range(kills):
                server.grow(chance.randrange(30))
                running = Running("run", "pipeline.yaml", cwd=job)
                for _ in range(chance.randrange(4)):
                    time.sleep(chance.uniform(0, 0.15))
                    server.grow(chance.randrange(20))
                time.sleep(chance.uniform(0, 0.3))
                ended = running.kill()
                if ended.exit != -signal.SIGKILL:
                    raise Failure(f"ended by itself with {ended.exit}\n" + indent(ended.err, "  stderr| "))
            server.grow(20)
            run(job).must_exit(0)
            server.disturb(0)
            run(job).must_exit(0)
            check(job, server.records)
    except Failure as failure:
        raise Failure(f"seed {seed}: {failure}")


def restored(folder):
    """From a backup alone, without the inbox: pages and events go on where the newest batch came to."""
    for feed in ("pages", "events"):
        with HttpServer() as server:
            job = begin(folder / feed, feed, server)
            with (job / "pipeline.yaml").open("a") as text:
                text.write("backup: {to: backups, every: 0s}\n")
            server.grow(ROWS)
            # Killed when the first batches are published, and the rest lies in the inbox.
            died = run(job, crash="engine.released:2")
            expect_equal(-signal.SIGKILL, died.exit, "killed")
            shutil.move(job / "checkpoint", job / "lost")
            sluice("checkpoint", "restore", "backups", "checkpoint", cwd=job).must_exit(0)
            server.grow(MORE)
            run(job).must_exit(0)
            check(job, ROWS + MORE)


# ---- the webhook

def write_hook(folder, server):
    folder.mkdir()
    (folder / "pipeline.yaml").write_text(WEBHOOK.format(url=server.url()))
    (folder / "in").mkdir()
    for batch in range(3):
        lines = "".join(f'{{"id": {batch * 20 + n}}}\n' for n in range(20))
        (folder / "in" / f"{batch}.jsonl").write_text(lines)
    return folder


def check_hook(server):
    """By its keys each row once; without them none is missing."""
    by_key = {}
    for key, body in server.taken:
        if by_key.setdefault(key, body) != body:
            raise Failure(f"two bodies have the key {key}")
    rows = [row["id"] for body in by_key.values() for row in json.loads(body)]
    expect_equal(list(range(60)), sorted(rows), "rows by key")


def webhook_every_point(folder):
    with HttpServer() as server:
        whole = write_hook(folder / "whole", server)
        run(whole, crash=f"list:{folder / 'points'}").must_exit(0)
        check_hook(server)
        expect_equal(len(server.taken), len(set(server.taken)), "nothing is sent twice without a reason")
    failures = []
    for point in sorted(set((folder / "points").read_text().split())):
        if not point.startswith(("http.", "engine.staged", "engine.committed", "engine.published")):
            continue
        for hit in (1, 2, 5):
            with HttpServer() as server:
                job = write_hook(folder / f"{point}-{hit}", server)
                try:
                    died = run(job, crash=f"{point}:{hit}")
                    if died.exit != -signal.SIGKILL and (must_die(point, hit, 3) or died.exit):
                        raise Failure(f"ended with {died.exit}\n" + indent(died.err, "  stderr| "))
                    run(job).must_exit(0)
                    check_hook(server)
                except Failure as failure:
                    failures.append(f"{point}:{hit}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


def webhook_at_random(folder, jobs=rounds(3, 30)):
    """Answers that are lost, refusals for now, kills."""
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    try:
        for number in range(jobs):
            with HttpServer(seed=seed + number) as server:
                job = write_hook(folder / f"job-{number}", server)
                server.disturb(0.4, "fails", "busy", "reset", "slow", "lost")
                for _ in range(3):
                    running = Running("run", "pipeline.yaml", "--available-now", cwd=job)
                    time.sleep(chance.uniform(0.1, 0.6))
                    running.kill()
                run(job).must_exit(0)
                check_hook(server)
    except Failure as failure:
        raise Failure(f"seed {seed}: {failure}")


# ---- what is said

def expect(done, code, *words):
    done.must_exit(code)
    for word in words:
        if word not in done.err:
            raise Failure(f"{done.command}: no {word!r} in\n{done.err}")


def ask(folder, options, **env):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "pipeline.yaml").write_text(f"""\
name: ask
sources:
  rows:
    http: {{{options}}}
    format: {{json: {{schema: {{id: BIGINT}}}}}}
sinks:
  out: {{from: rows, parquet: {{path: out}}}}
engine: {{retries: 1, retry_pause_max: 10ms}}
checkpoint: checkpoint
""")
    return run(folder, **env)


def tls(folder):
    """A certificate that nobody knows is refused, one that `ca_file` names is not."""
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
                           "key.pem", "-out", "cert.pem", "-subj", "/CN=test", "-addext",
                           "subjectAltName=IP:127.0.0.1"], cwd=folder, capture_output=True)
    if made.returncode != 0:
        raise Failure(made.stderr.decode())
    with HttpServer(certificate=(folder / "cert.pem", folder / "key.pem")) as server:
        server.grow(3)
        job = folder / "job"
        url = f'url: "{server.url("/list")}", records: /items'
        expect(ask(job, url), 2, "TLS failed address=127.0.0.1", "name its certificate by `ca_file`")
        expect(ask(job, f"{url}, ca_file: {folder / 'key.pem'}"), 2, "TLS failed")
        expect(ask(job, f"{url}, ca_file: {folder / 'none.pem'}"), 2, "none.pem is not there")
        expect(ask(job, f"{url}, ca_file: {folder / 'cert.pem'}"), 0)
        expect(ask(job, f"{url}, verify: false"), 0)
        name = server.url("/list").replace("127.0.0.1", "localhost")
        expect(ask(job, f'url: "{name}", records: /items, ca_file: {folder / "cert.pem"}'), 2, "TLS failed")


def messages(folder):
    """Each failure says the step, the URL without its secrets, and what to do; secrets are nowhere."""
    job = folder / "job"
    with HttpServer() as server, HttpServer() as other:
        server.grow(3)
        server.answers = {
            "/401": (401, {}, "who are you, Hunter2-Hunter2?"),
            "/403": (403, {"Content-Type": "text/plain"}, "not you"),
            "/html": (200, {"Content-Type": "text/html"}, "<html>Log in</html>"),
            "/away": (302, {"Location": other.url("/list")}, ""),
            "/meta": (302, {"Location": "http://169.254.169.254/latest/meta-data"}, ""),
            "/circle": (302, {"Location": "/circle"}, ""),
            "/object": (200, {}, '{"error": "none"}'),
        }
        secret = {"TOKEN": "Hunter2-Hunter2"}

        def said(path, code, *words, more=""):
            options = f'url: "{server.url(path)}?token=${{TOKEN}}", bearer: "${{TOKEN}}"{more}'
            done = ask(job, options, **secret)
            expect(done, code, *words)
            found = [done.err] + [path.read_bytes().decode("latin-1") for path in (job / "checkpoint").rglob("*")
                                  if path.is_file()]
            if any("Hunter2" in text for text in found):
                raise Failure(f"{path}: the token is shown or kept\n{done.err}")

        said("/401", 2, "source rows", f"GET {server.url('/401')}?token=***", "status=401", "who are you, ***?",
             "needs credentials")
        said("/403", 2, "status=403", "not you", "do not allow this")
        said("/404", 2, "status=404", "is the URL right?")
        said("/html", 2, "is not JSON", "content_type='text/html'", "<html>Log in</html>")
        said("/object", 2, "no array or object at /items", more=", records: /items")
        said("/away", 2, "leads to another server", "`allow.redirects_to: [127.0.0.1]`")
        said("/meta", 2, "leads to another server, http://169.254.169.254")
        said("/circle", 2, "more than 5 redirects")
        said("/list", 0, more=", records: /items")
        if other.requests:
            raise Failure(f"the other server was asked: {other.requests}")
        said("/away", 0, more=", records: /items, allow: {redirects_to: [127.0.0.1]}")
        expect_equal([None], [headers.get("Authorization") for _, _, headers in other.requests], "the token there")
    with HttpServer() as server:
        (folder / "hook").write_text(server.url("/Hunter2/list"))
        done = ask(job, f'url: "${{file:{folder}/hook}}", records: /items')
        expect(done, 2, f"GET {server.url('/***')}: the server answered status=404")
        kept = [path.read_bytes() for path in (job / "checkpoint").rglob("*") if path.is_file()]
        if "Hunter2" in done.err or any(b"Hunter2" in content for content in kept):
            raise Failure(f"the path is shown or kept\n{done.err}")
        # Nor where the server repeats it, or names pages below it.
        server.answers = {"/Hunter2/list": (403, {}, "you may not: /Hunter2/list"),
                          "/Hunter2/all": (200, {}, '{"items": [{"id": 1}], "next": "/Hunter2/pages/2"}'),
                          "/Hunter2/pages/2": (200, {}, '{"items": [{"id": 2}]}')}
        done = ask(job, f'url: "${{file:{folder}/hook}}", records: /items')
        expect(done, 2, "status=403", "answer='you may not: ***'")
        (folder / "hook").write_text(server.url("/Hunter2/all"))
        expect(ask(job, f'url: "${{file:{folder}/hook}}", records: /items, page: {{next: /next}}'), 0)
        done = run(job).must_exit(0)
        kept = [path.read_bytes() for path in (job / "checkpoint").rglob("*") if path.is_file()]
        if "Hunter2" in done.err or any(b"Hunter2" in content for content in kept):
            raise Failure(f"the path is kept with a page\n{done.err}")
        expect_equal("/Hunter2/pages/2", server.requests[-1][1], "asked for last")
        checked = sluice("check", "--connect", "pipeline.yaml", cwd=job).must_exit(0)
        expect_equal("/Hunter2/pages/2", server.requests[-1][1], "a check asks for nothing")
        if "not tried: what the server answers" not in checked.out + checked.err:
            raise Failure(f"what was tried\n{checked.out}{checked.err}")
    expect(ask(job, 'url: "http://example.com/x", bearer: abc'), 2, "pipeline.yaml:4:", "`allow.plain_http_token: true`")
    expect(ask(job, 'url: "http://169.254.169.254/x"'), 2, "pipeline.yaml:4:", "`allow.private_addresses: true`")
    expect(ask(job, 'url: "https://me:pw@example.com/x"'), 2, "pipeline.yaml:4:", "a user or a password")
    expect(ask(job, f'url: "{server.url("/list")}"'), 1, "connect failed", "127.0.0.1")
    expect(ask(job, 'url: "https://no-such-host.invalid/x"'), 1, "resolve failed host=no-such-host.invalid")


def long_cursor(folder):
    """A position that no checkpoint keeps stops the run, and the records that came with it are not counted."""
    with HttpServer() as server:
        server.answers = {"/far": (200, {}, json.dumps({"items": [{"id": 1}], "cursor": "x" * 70_000}))}
        done = ask(folder / "job", f'url: "{server.url("/far")}", records: /items, page: {{cursor: /cursor, parameter: after}}')
        expect(done, 2, "E_POSITION_TOO_LARGE: the page's URL, cursor or event id")
        if list((folder / "job" / "out").rglob("*.parquet")):
            raise Failure("the records are written")


def proxy(folder):
    """The environment's proxy is asked, unless no_proxy names the host."""
    with HttpServer() as server:
        server.grow(3)
        options = 'url: "http://feed.example.invalid/list", records: /items'
        expect(ask(folder / "job", options, http_proxy=server.url()), 0)
        expect_equal(["http://feed.example.invalid/list"], [path for _, path, _ in server.requests], "asked for")
        expect(ask(folder / "job", options, http_proxy=server.url(), no_proxy="example.invalid"), 1, "resolve failed")
        expect(ask(folder / "job", options.replace("http:", "https:"), https_proxy=server.url()), 1, "CONNECT")
        # The proxy's own address, here of this machine, is not the host's to which a redirect leads.
        server.answers = {"/away": (302, {"Location": "http://other.example.invalid/list"}, ""),
                          "/here": (302, {"Location": "http://10.1.2.3/list"}, "")}
        away = 'url: "http://feed.example.invalid/{}", records: /items, allow: {{redirects_to: [{}]}}'
        expect(ask(folder / "job", away.format("away", "other.example.invalid"), http_proxy=server.url()), 0)
        expect(ask(folder / "job", away.format("here", "10.1.2.3"), http_proxy=server.url()), 2,
               "host=10.1.2.3 has an address of this machine or of a private network")


def own_columns(folder):
    """Where a record came from; bytes as they are, without a format."""
    with HttpServer() as server:
        server.grow(2)
        (folder / "pipeline.yaml").write_text(f"""\
name: own
sources:
  rows: {{http: {{url: "{server.url("/events?key=s3cret")}", stream: events}}, format: raw}}
views:
  shown: SELECT value, url, event_id, event, fetched_at > '2024-01-01' AS is_now FROM rows
sinks:
  out: {{from: shown, parquet: {{path: out}}}}
checkpoint: checkpoint
""")
        run(folder).must_exit(0)
        duck = tables.connection()
        tables.define_table(duck, "rows", "parquet", folder / "out")
        url = server.url("/events?key=***")
        expect_equal([[f'{{"id": {n}, "k": {n}, "text": "größe {n}"}}', url, str(n), "row", "true"] for n in range(2)],
                     tables.rows_as_text(duck, "SELECT CAST(value AS VARCHAR), url, event_id, event, is_now FROM rows ORDER BY 3"), "rows")


def stop(folder):
    """Ctrl+C ends a run at once whose server takes requests and does not answer."""
    with HttpServer() as server:
        for feed in ("list", "events"):
            server.requests.clear()
            server.answers = {f"/{feed}": (None, {}, "")}
            job = begin(folder / feed, feed, server)
            running = Running("run", "pipeline.yaml", cwd=job)
            running.wait_for(lambda out, err: "begins at" in err, "it began")
            deadline = time.monotonic() + 20
            while not server.requests and time.monotonic() < deadline:
                time.sleep(0.01)
            started = time.monotonic()
            running.stop().must_exit(0)
            if time.monotonic() - started > 3:
                raise Failure(f"{feed}: it took {time.monotonic() - started:.1f} s")
