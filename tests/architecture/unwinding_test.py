#!/usr/bin/env python3
"""Checks that every exception thrown in a program can be caught: no function of no length shares its place with another.

    unwinding_test.py PROGRAM

The unwinder finds a function's entry (FDE) by binary search for its first address. Of two that begin at one place it may
find the empty one, takes the other function for unknown, and ends the program although somebody would catch.
"""
import collections
import re
import subprocess
import sys


def hidden_functions(program):
    """Addresses at which an empty entry stands beside another one."""
    frames = subprocess.run(["readelf", "--debug-dump=frames", "--wide", program],
                            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    lengths = collections.defaultdict(list)
    for begin, end in re.findall(r"\bFDE cie=\S+ pc=([0-9a-f]+)\.\.([0-9a-f]+)", frames):
        lengths[int(begin, 16)].append(int(end, 16) - int(begin, 16))
    if len(lengths) < 1000:
        sys.exit(f"{program}: only {len(lengths)} entries were found: is it one of the programs?")
    return sorted(at for at, found in lengths.items() if len(found) > 1 and 0 in found)


def main():
    hidden = hidden_functions(sys.argv[1])
    for at in hidden:
        print(f"{sys.argv[1]}: an exception thrown in the function at {at:#x} would not be caught")
    print(f"[  {'FAILED' if hidden else '     OK'} ] Architecture.ExceptionsCanBeCaught (0 ms)")
    return 1 if hidden else 0


if __name__ == "__main__":
    sys.exit(main())
