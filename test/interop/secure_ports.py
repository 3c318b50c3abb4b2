"""What a client that does not speak as a port of a real Kafka requires is told, and that the advice works."""

import shutil

from support.case import Case, Failure, Skip
from support.kafka import Kafka
from support.program import sluice

TLS = "the port may require TLS while the client speaks plain text, or the reverse: set security.protocol"
LOGIN = "as a port that requires a login does: set security.protocol"


def cases():
    yield Case("secure_ports", secure_ports)


def secure_ports(folder):
    if not shutil.which("openssl"):
        raise Skip("no openssl here to make a certificate with")
    broker = Kafka(secure=True)
    try:
        told(folder, broker.ssl, TLS)
        told(folder, broker.sasl, LOGIN)
        told(folder, broker.address, TLS, "security.protocol=SSL")
        told(folder, broker.sasl, "check security.protocol, sasl.*", "security.protocol=SASL_PLAINTEXT",
             "sasl.mechanism=PLAIN", "sasl.username=me", "sasl.password=wrong")
        lists(folder, broker.address)
        lists(folder, broker.ssl, "security.protocol=SSL", f"ssl.ca.location={broker.certificate}")
        lists(folder, broker.sasl, "security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN",
              "sasl.username=me", "sasl.password=s3cret")
    finally:
        broker.stop()


def list_topics(folder, address, *properties):
    options = [word for one in properties for word in ("--property", one)]
    return sluice("topic", "list", "--brokers", address, *options, cwd=folder)


def told(folder, address, advice, *properties):
    done = list_topics(folder, address, *properties)
    if done.exit == 0 or advice not in " ".join(done.err.split()):
        raise Failure(f"{address} {properties}: exit code {done.exit}, and the advice is not: {advice}\n{done.err}")


def lists(folder, address, *properties):
    list_topics(folder, address, *properties).must_exit(0)
