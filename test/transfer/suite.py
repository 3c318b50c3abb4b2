"""`sluice show` and `sluice copy`: what they say of a source, and rows from each kind of place into others."""

from transfer import errors, killed, pairs, shown


def cases():
    for part in (shown, pairs, killed, errors):
        yield from part.cases()
