"""How often a test does what it does at random: some times in `make test`, many in `make soak`."""

import os


def rounds(usual, soaking):
    """`soaking` with SOAK=1; of a number a tenth with SOAK=0.1, but never less than usual."""
    share = float(os.environ.get("SOAK") or 0)
    if not share:
        return usual
    return max(usual, round(soaking * share)) if isinstance(soaking, int) else soaking
