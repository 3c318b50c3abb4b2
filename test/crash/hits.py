"""Which hits of a crash point are worth a run."""

import os


def hits_of(point, hits):
    """What every job passes in every batch is hit in one of them, what a recovery passes in the first."""
    if os.environ.get("SOAK"):
        return hits
    return {"engine": hits[-1:], "recovery": hits[:1]}.get(point.split(".")[0], hits)


def must_die(point, hit, batches):
    """Whether the run passes the point so often: some are passed once, the engine's in each batch."""
    return hit == 1 or (point.startswith("engine.") and hit <= batches)
