"""The commands for the time before a pipeline runs: `sluice preview`, `sluice explain`."""

from loop import explained, previews


def cases():
    for part in (previews, explained):
        yield from part.cases()
