"""Every way into a real Kafka, with right, wrong and expired credentials, and with what its users may do: what is
wrong is named by its step, with the address, the answer and what to try, within ten seconds."""

import json
import threading
import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.case import Case, Failure
from support.certificates import Authority
from support.kafka import Kafka, free_port
from support.program import sluice
from support.secure_kafka import PASSWORDS, allow

PATIENCE_SECONDS = 12  # ten of the program's, and what a busy machine takes to start and end it
SECRETS = [*PASSWORDS.values(), "wr0ng", "cl1ent"]

TLS = "the port may require TLS while the client speaks plain text, or the reverse: set security.protocol"
LOGIN = "as a port that requires a login does: set security.protocol"
CREDENTIALS = "check sasl.username, sasl.password and sasl.mechanism"


def cases():
    yield Case("secure_ports", secure_ports)


def secure_ports(folder):
    broker = Kafka(secure=True)
    try:
        with TokenServer() as tokens, ThreadPoolExecutor(6) as pool:
            done = [*pool.map(lambda one: connects(folder, *one), connections(broker, tokens)),
                    *pool.map(lambda one: one(), permissions(folder, broker))]
        if wrong := [text for text in done if text]:
            raise Failure("\n".join(wrong))
    finally:
        broker.stop()


def by_tls(broker, **properties):
    return {"security.protocol": "SSL", "ssl.ca.location": broker.authority.file} | properties


def by_login(mechanism, user="me", password=None, **properties):
    return {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism, "sasl.username": user,
            "sasl.password": password or PASSWORDS[user]} | properties


def by_token(tokens, secret="cl1ent", path="token"):
    return {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.client.id": "sluice", "sasl.oauthbearer.client.secret": secret,
            "sasl.oauthbearer.token.endpoint.url": f"{tokens.url}/{path}"}


def unsecured_token(**properties):
    return {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER",
            "enable.sasl.oauthbearer.unsecure.jwt": "true", "sasl.oauthbearer.config": "principal=me"} | properties


def key_pair(certificate, key):
    return {"ssl.certificate.location": certificate, "ssl.key.location": key}


def connections(broker, tokens):
    """Each: address, properties, and, of one that must not come about, the step and words of the message."""
    mine, late = broker.authority.issue("me"), broker.authority.issue("late", days=-1)
    other = Authority(broker.folder / "certificates", "other")
    stranger = other.issue("me-by-others")
    sasl, plain = broker.at("sasl"), broker.address
    yield plain, {}
    yield broker.at("ssl"), by_tls(broker)
    yield broker.at("ssl"), by_tls(broker) | {"ssl.ca.location": other.file}, "TLS", \
        "of an authority that is not trusted here", "set ssl.ca.location"
    yield broker.at("expired"), by_tls(broker), "TLS", "the broker's certificate has expired"
    yield broker.at("other_host"), by_tls(broker), "TLS", "the broker's certificate is for another address"
    yield broker.at("mtls"), by_tls(broker) | key_pair(*mine)
    yield broker.at("mtls"), by_tls(broker), "TLS", "set ssl.certificate.location and ssl.key.location"
    for refused in late, stranger:
        yield broker.at("mtls"), by_tls(broker) | key_pair(*refused), "TLS", "does not accept the client's certificate"
    yield broker.at("ssl"), {}, "TLS", TLS
    yield plain, by_tls(broker), "TLS", TLS
    yield sasl, {}, "login", LOGIN
    for mechanism in "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
        yield sasl, by_login(mechanism)
        yield sasl, by_login(mechanism, password="wr0ng"), "login", "Authentication failed", CREDENTIALS
        yield sasl, by_login(mechanism, user="stranger", password="wr0ng"), "login", "Authentication failed", CREDENTIALS
    yield broker.at("sasl_ssl"), by_tls(broker) | by_login("SCRAM-SHA-512") | {"security.protocol": "SASL_SSL"}
    yield sasl, unsecured_token()
    yield sasl, unsecured_token(**{"sasl.oauthbearer.config": "no principal"}), "login", "check sasl.oauthbearer.*"
    yield sasl, by_token(tokens)
    yield sasl, by_token(tokens, secret="wr0ng"), "login", "check sasl.oauthbearer.*"
    yield sasl, by_token(tokens, path="expired"), "login", "check sasl.oauthbearer.*"
    yield "no-such-host.invalid:9092", {}, "resolve", "check the host's name"
    yield f"127.0.0.1:{free_port()}", {}, "connect", "Connection refused", "check the address and that the broker is"


def list_topics(folder, address, properties):
    options = [word for name, value in properties.items() for word in ("--property", f"{name}={value}")]
    return sluice("topic", "list", "--brokers", address, *options, cwd=folder)


def connects(folder, address, properties, step=None, *words):
    """What is wrong; None: nothing."""
    start = time.monotonic()
    done = list_topics(folder, address, properties)
    took, told = time.monotonic() - start, " ".join(done.err.split())
    where = f"{address} {properties}: exit code {done.exit} after {took:.1f} s\n{done.err}"
    if step is None:
        return None if done.exit == 0 else where
    if done.exit not in (1, 2) or took > PATIENCE_SECONDS:
        return where
    for word in (f"{step} failed; address={address}", "answer='", *words):
        if word not in told:
            return f"not told: {word}\n{where}"
    return told_secret(done)


def told_secret(done):
    for secret in SECRETS:
        if secret in done.err + done.out:
            return f"a secret is shown: {done.command}\n{done.err}"
    return None


class TokenServer:
    """Hands out tokens that nobody has signed: what the broker's own validator for tests takes. `/expired` gives
    one that was good for a minute, an hour ago; who does not know the secret gets none."""

    def __enter__(self):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                import base64
                knows = self.headers.get("Authorization") == \
                    "Basic " + base64.b64encode(b"sluice:cl1ent").decode()
                issued = int(time.time()) - (3600 if self.path == "/expired" else 10)
                good_for = 60 if self.path == "/expired" else 600
                token = ".".join([coded({"alg": "none"}), coded({"sub": "me", "iat": issued, "exp": issued + good_for}),
                                  ""])
                answer = {"access_token": token, "token_type": "Bearer"} if knows else {"error": "invalid_client"}
                body = json.dumps(answer).encode()
                self.send_response(200 if knows else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def coded(value):
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


# ---- what a user may do

SOURCE = """\
name: {name}
sources:
  t: {{kafka: {{brokers: "{brokers}", topic: {topic}, {more}properties: {properties}}}, format: {{json: {{schema: {{a: INT}}}}}}}}
sinks: {{c: {{from: t, console: {{}}}}}}
checkpoint: {name}/checkpoint
"""
SINK = """\
name: {name}
sources: {{g: {{generator: {{rows: 1, columns: {{a: {{sequence: {{}}}}}}}}}}}}
sinks:
  k: {{from: g, kafka: {{brokers: "{brokers}", topic: {topic}, {more}properties: {properties}}}}}
checkpoint: {name}/checkpoint
"""


def permissions(folder, broker):
    """Works to do, each giving what is wrong; None: nothing."""
    for topic in "in", "out", "seen":
        sluice("topic", "create", topic, "--brokers", broker.address, cwd=folder).must_exit(0)
    sluice("topic", "create", "_sluice_commits", "--config", "cleanup.policy=compact", "--partitions", "3", "--brokers",
           broker.address, cwd=folder).must_exit(0)
    allow(broker.address, ("reader", "read", "topic", "in"), ("reader", "read", "group", "readers"),
          ("nobody", "describe", "topic", "seen"),
          *(("writer", operation, "topic", topic) for operation, topic in
            (("write", "out"), ("read", "_sluice_commits"), ("write", "_sluice_commits"))),
          *(("writer", operation, "transactional_id", "mine") for operation in ("write", "describe")))

    def tried(name, text, user, topic, more, words, code):
        def work():
            login = by_login("PLAIN", user)
            (folder / f"{name}.yaml").write_text(text.format(
                name=name, brokers=broker.at("sasl"), topic=topic, more=more, properties=json.dumps(login)))
            start = time.monotonic()
            done = sluice("check", "--connect", f"{name}.yaml", cwd=folder)
            took, told = time.monotonic() - start, " ".join((done.out + done.err).split())
            missing = [word for word in words if word not in told]
            if done.exit != code or missing or took > PATIENCE_SECONDS:
                return f"{name}: exit code {done.exit} after {took:.1f} s, not told: {missing}\n{done.out}{done.err}"
            if (folder / name).exists():
                return f"{name}: check has made {name}"
            return told_secret(done)
        return work

    denied = "authorisation failed; answer='"
    yield tried("may_read", SOURCE, "reader", "in", "group: readers, ", ["read topic in, group readers"], 0)
    yield tried("may_not_see", SOURCE, "nobody", "in", "",
                ["find the topics: FAILED", denied, "TOPIC_AUTHORIZATION_FAILED", "to read it needs Read"], 2)
    yield tried("may_not_read", SOURCE, "nobody", "seen", "", ["read topic seen: FAILED", denied], 2)
    yield tried("may_not_group", SOURCE, "reader", "in", "group: others, ",
                ["group others: FAILED", denied, "GROUP_AUTHORIZATION_FAILED", "Read on the consumer group"], 2)
    yield tried("is_not_there", SOURCE, "me", "nowhere", "", ["there is no topic 'nowhere'"], 2)
    yield tried("may_write", SINK, "writer", "out", "transactional_id: mine, ",
                ["write topic out", "transactional id mine"], 0)
    yield tried("may_not_write", SINK, "writer", "in", "transactional_id: mine, ",
                ["topic in: FAILED", denied, "to write it needs Write"], 2)
    yield tried("may_not_commit", SINK, "reader", "in", "transactional_id: mine, ",
                ["write topic in: FAILED", "topic _sluice_commits: FAILED"], 2)
    yield tried("may_not_have_id", SINK, "writer", "out", "transactional_id: others, ",
                ["transactional id others: FAILED", denied, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"], 2)
    yield tried("may_not_make", SINK, "writer", "fresh", "create_partitions: 1, transactional_id: mine, ",
                ["topic fresh: FAILED", denied], 2)
    yield lambda: refused_run(folder, broker, SOURCE, "nobody", "in", "")
    yield lambda: refused_run(folder, broker, SINK, "writer", "out", "transactional_id: others, ")
    yield lambda: refused_cluster(folder, broker)


def refused_run(folder, broker, text, user, topic, more):
    """A run says the same as the check."""
    name = f"run_{user}"
    (folder / f"{name}.yaml").write_text(text.format(name=name, brokers=broker.at("sasl"), topic=topic, more=more,
                                                     properties=json.dumps(by_login("PLAIN", user))))
    start = time.monotonic()
    done = sluice("run", f"{name}.yaml", "--available-now", cwd=folder)
    took = time.monotonic() - start
    if done.exit != 2 or "authorisation failed; answer='" not in done.err or took > PATIENCE_SECONDS:
        return f"{name}: exit code {done.exit} after {took:.1f} s\n{done.err}"
    return told_secret(done)


def refused_cluster(folder, broker):
    """Who may not make topics."""
    options = [word for name, value in by_login("PLAIN", "reader").items()
               for word in ("--property", f"{name}={value}")]
    done = sluice("topic", "create", "fresh", "--brokers", broker.at("sasl"), *options, cwd=folder)
    if done.exit != 2 or "authorisation failed; answer='" not in done.err or "to make it Create" not in done.err:
        return f"topic create: exit code {done.exit}\n{done.err}"
    return told_secret(done)
