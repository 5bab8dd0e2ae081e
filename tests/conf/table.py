#!/usr/bin/python3
# table.py - docs/conformance.md from the results that run.py has written.
# SPDX-License-Identifier: BSD-3-Clause
"""Usage: table.py OUT >docs/conformance.md   (OUT: the build's folder)"""

import os
import subprocess
import sys

import suite

COLUMNS = [("lite5", "mpi-lite, Open MPI 5.0.7's header"),
           ("lite4", "mpi-lite, Open MPI 4.1.4's header"),
           ("openmpi", "Debian's Open MPI 4.1.4")]


def read(path):
    """{test: state}"""
    results = {}
    if os.path.exists(path):
        for text in open(path):
            state, _, name = text.rstrip("\n").split(" ", 2)
            # The same line may stand twice: the worse result counts.
            if results.get(name, "pass") == "pass":
                results[name] = state
    return results


def cell(states):
    good = states.count("pass")
    bad = sum(states.count(s) for s in ("fail", "timeout", "nolink"))
    return "%d / %d" % (good, good + bad) if good + bad else "-"


def missing(out):
    """Functions of the 5.0.7 header that the library does not have."""
    header = subprocess.run(
        ["gcc", "-DOMPI_SKIP_MPICXX", "-I" + out + "/mpi-header", "-E",
         "-xc", "-"], input="#include <mpi.h>\n", text=True,
        capture_output=True).stdout
    import re
    want = {w for w in re.findall(r"\b(MPI_[A-Za-z0-9_]+) *\(", header)
            if not re.search(r"_(function|fn|FN)$", w)}
    symbols = subprocess.run(["nm", out + "/host/libmpi-lite.a"], text=True,
                             capture_output=True).stdout
    have = {line.split()[-1][1:] for line in symbols.splitlines()
            if " T PMPI_" in line}
    return len(want), sorted(want - have)


def main():
    out = sys.argv[1]
    all_results = {name: read("%s/conformance-%s.txt" % (out, name))
                   for name, _ in COLUMNS}
    print("# MPI conformance\n")
    print("MPICH 4.0.2's test suite (`test/mpi` of Debian's source package),")
    print("hosted. `make conformance MPI=lite5|lite4|openmpi` runs it;")
    print("`tests/conf/table.py out >docs/conformance.md` writes this page.")
    print("A line of a testlist counts when it compiles with that column's")
    print("`mpi.h` and is not in `tests/conf/exclude`. A folder without figures")
    print("was not run with that MPI. What is not done in 40 s counts as failed,")
    print("though the suite allows some tests many minutes: on a busy machine")
    print("those fail. Passed / applicable:\n")
    print("| folder | " + " | ".join(t for _, t in COLUMNS) + " |")
    print("|---|" + "---|" * len(COLUMNS))
    total = {name: [] for name, _ in COLUMNS}
    for folder in suite.DIRS:
        cells = []
        for name, _ in COLUMNS:
            states = [s for n, s in all_results[name].items()
                      if n.split(" ", 1)[0] == folder]
            total[name] += states
            cells.append(cell(states))
        print("| %s | %s |" % (folder, " | ".join(cells)))
    print("| **all** | %s |" % " | ".join(
        "**%s**" % cell(total[name]) for name, _ in COLUMNS))
    print("\n## What mpi-lite does not pass\n")
    for name, state in sorted(all_results["lite5"].items()):
        if state in ("fail", "timeout", "nolink"):
            print("- `%s`: %s" % (name, {
                "nolink": "uses a function that is missing",
                "timeout": "not done within its time",
                "fail": "failed"}[state]))
    n, names = missing(out)
    print("\n## What is missing\n")
    print("Of the %d functions of the 5.0.7 header %d are there, each with"
          % (n, n - len(names)))
    print("its PMPI name. Programs that use another one do not link:\n")
    print("\n".join("- `%s`" % m for m in names))


if __name__ == "__main__":
    main()
