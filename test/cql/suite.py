"""A real Cassandra, read and written: every type, killed at every instant, and what is wrong by name."""

from cql import every, faults, reads, writes


def cases():
    for part in (reads, every, writes, faults):
        yield from part.cases()
