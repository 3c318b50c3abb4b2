"""The command `sluice`: the program in this package takes the place of Python."""

import os
import sys

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "sluice")


def main():
    os.execv(PROGRAM, ["sluice", *sys.argv[1:]])
