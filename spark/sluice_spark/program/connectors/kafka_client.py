"""Settings of librdkafka as those of Kafka's Java client, as Spark takes them: kafka.NAME."""

import re

from ..code import literal
from ..values import CONTENT

# Where the Java client has another name; None: it has nothing like it, and needs nothing.
NAMES = {
    "sasl.mechanisms": "sasl.mechanism",
    "ssl.endpoint.identification.algorithm": "ssl.endpoint.identification.algorithm",
    "ssl.key.password": "ssl.key.password",
    "compression.codec": "compression.type",
    "message.max.bytes": "max.request.size",
    "fetch.message.max.bytes": "max.partition.fetch.bytes",
    "queue.buffering.max.ms": "linger.ms",
    "request.required.acks": "acks",
    "socket.timeout.ms": "request.timeout.ms",
    "socket.send.buffer.bytes": "send.buffer.bytes",
    "socket.receive.buffer.bytes": "receive.buffer.bytes",
    "message.send.max.retries": "retries",
    "topic.metadata.refresh.interval.ms": "metadata.max.age.ms",
    "broker.address.family": None,
    "log.connection.close": None,
    "debug": None,
    "log_level": None,
    "socket.keepalive.enable": None,
}
# The same in both.
SAME = {"security.protocol", "sasl.mechanism", "client.id", "client.rack", "acks", "linger.ms", "batch.size",
        "compression.type", "retries", "retry.backoff.ms", "reconnect.backoff.ms", "reconnect.backoff.max.ms",
        "request.timeout.ms", "metadata.max.age.ms", "max.partition.fetch.bytes", "fetch.max.bytes",
        "fetch.min.bytes", "session.timeout.ms", "heartbeat.interval.ms", "max.poll.interval.ms",
        "connections.max.idle.ms", "delivery.timeout.ms", "sasl.kerberos.service.name", "send.buffer.bytes",
        "receive.buffer.bytes", "fetch.max.wait.ms", "max.request.size", "partitioner"}
# Files in PEM: what is in them is a setting of the Java client's.
PEM = {"ssl.ca.location": ("ssl.truststore.certificates", "ssl.truststore.type"),
       "ssl.certificate.location": ("ssl.keystore.certificate.chain", "ssl.keystore.type"),
       "ssl.key.location": ("ssl.keystore.key", "ssl.keystore.type")}
PEM_TEXT = {"ssl.ca.pem": PEM["ssl.ca.location"], "ssl.certificate.pem": PEM["ssl.certificate.location"],
            "ssl.key.pem": PEM["ssl.key.location"]}
LOGIN = ("sasl.username", "sasl.password")

JAAS = '''\
def jaas(module: str, user: str, password: str) -> str:
    """Who logs in, as Kafka's Java client has it."""
    quoted = [text.replace("\\\\", "\\\\\\\\").replace('"', '\\\\"') for text in (user, password)]
    return f'{module} required username="{quoted[0]}" password="{quoted[1]}";'
'''
MODULES = {"PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule"}
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


def client_options(context, part, owner):
    """Brokers and security, of a source or sink."""
    pairs = [("kafka.bootstrap.servers", brokers(context, part))]
    properties = part.get("properties", {})
    for name in properties:
        if name not in LOGIN:
            pairs += converted(context, part, name, owner)
    if any(name in properties for name in LOGIN):
        pairs.append(login(context, part, owner))
    return list(dict(pairs).items())


def brokers(context, part):
    """The addresses; a variable whose default is the embedded broker must be set."""
    written = part.written.get("brokers", "")
    variable = re.fullmatch(r"\$\{([A-Za-z_]\w*):-embedded\}", written)
    is_embedded = part.get("brokers") == "embedded"
    if is_embedded and not variable:
        part.refuse("brokers", "'embedded' is a broker for demos that Spark cannot read: give brokers as host:port")
    if not variable:
        return context.values.text(part, "brokers")
    if is_embedded:
        context.unset.append((variable[1], part.place("brokers")))
    else:
        context.values.environment[variable[1]] = part.get("brokers")
    return context.setting(variable[1], context.module("os", f'os.environ["{variable[1]}"]'))


def converted(context, part, name, owner):
    value = context.values.entry(part, "properties", name, owner)
    if name in PEM or name in PEM_TEXT:
        setting, kind = PEM.get(name) or PEM_TEXT[name]
        if name in PEM:
            context.module("Path")
            context.needs.helper("content", CONTENT)
            value = f"content({value})"
        return [(f"kafka.{setting}", value), (f"kafka.{kind}", '"PEM"')]
    if name == "ssl.endpoint.identification.algorithm" and part.options["properties"][name] == "none":
        return [(f"kafka.{name}", '""')]
    if name in NAMES:
        return [(f"kafka.{NAMES[name]}", value)] if NAMES[name] else []
    if name in SAME:
        return [(f"kafka.{name}", value)]
    part.refuse("properties", f"'{name}' of librdkafka has no equal in Kafka's Java client, which Spark uses: leave it "
                              "out, or give Spark's own with --conf")


def login(context, part, owner):
    properties = part.get("properties")
    mechanism = str(properties.get("sasl.mechanism") or properties.get("sasl.mechanisms") or "PLAIN").upper()
    if mechanism not in MODULES and not mechanism.startswith("SCRAM-"):
        part.refuse("properties", f"sasl.mechanism {mechanism} with a user and a password: Spark's client knows PLAIN "
                                  "and SCRAM")
    context.needs.helper("jaas", JAAS)
    user, password = (context.values.entry(part, "properties", name, owner) for name in LOGIN)
    return "kafka.sasl.jaas.config", f"jaas({literal(MODULES.get(mechanism, SCRAM))}, {user}, {password})"
