"""What Kafka's own client reads."""

import base64
import subprocess
from pathlib import Path

from support.case import Failure
from support.java import java
from support.kafka import broker_jars
from support.program import indent

WITNESS = Path(__file__).resolve().parent / "Witness.java"


def java_witness(brokers, topic):
    """(partition, timestamp, key, value, headers) of each committed record, by Kafka's own client."""
    program = java("Kafka's own client")
    done = subprocess.run([program, "-XX:TieredStopAtLevel=1", "-cp", f"{broker_jars()}/*", WITNESS, brokers, topic],
                          capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise Failure("the witness fails:\n" + indent(done.stderr, "  "))

    def bytes_of(text):
        return None if text == "-" else base64.b64decode(text[1:])

    records = []
    for line in done.stdout.splitlines():
        partition, timestamp, key, value, *headers = line.split(" ")
        pairs = [header.partition("=") for header in headers]
        records.append((int(partition), int(timestamp), bytes_of(key), bytes_of(value),
                        [(name, bytes_of(text)) for name, _, text in pairs]))
    return records
