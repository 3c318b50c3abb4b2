"""How often a test does what it does at random: some times in `make test`, many in `make soak`."""

import os


def rounds(usual, soaking):
    return soaking if os.environ.get("SOAK") else usual
