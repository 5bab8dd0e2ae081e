# suite.py - what MPICH's test suite consists of: programs and testlist lines.
# SPDX-License-Identifier: BSD-3-Clause
"""Reads Makefile.am and testlist of each directory; runs nothing."""

import os
import re
import shlex

DIRS = """attr coll comm datatype errhan group info init mpi_t part pt2pt rma
topo io errors/attr errors/coll errors/comm errors/datatype errors/group
errors/pt2pt errors/topo errors/rma errors/io errors/faults threads/comm
threads/init threads/mpi_t threads/rma threads/part threads/coll
threads/pt2pt""".split()

SECONDS_DEFAULT = 60


class Line:
    """One line of a testlist: a program, its ranks, arguments, environment."""

    def __init__(self, folder, text):
        words = shlex.split(text)
        self.folder, self.text = folder, " ".join(words)
        self.program, self.ranks = words[0], int(words[1])
        self.args, self.env, self.check = [], [], "NoErrors"
        self.seconds = SECONDS_DEFAULT
        for word in words[2:]:
            key, _, value = word.partition("=")
            if key == "arg":
                self.args.append(value)
            elif key == "env":
                self.env.append(value)
            elif key == "resultTest":
                self.check = value
            elif key == "timeLimit":
                self.seconds = int(value)

    @property
    def name(self):
        return self.folder + " " + self.text

    def passed(self, code, output):
        """By the rules of the suite's own runtests."""
        said = re.search(r"^\s*No [Ee]rrors\s*$", output, re.M)
        if self.check in ("TestErrFatal", "TestStatus"):
            return code != 0
        if self.check == "TestStatusNoErrors":
            return code != 0 and bool(said)
        return code == 0 and bool(said)


def lines_of(root, folder):
    lines = []
    for name in ("testlist", "testlist.dtp"):
        path = os.path.join(root, folder, name)
        if not os.path.exists(path):
            continue
        for text in open(path):
            text = text.split("#")[0].strip()
            if len(text.split()) > 1 and text.split()[1].isdigit():
                lines.append(Line(folder, text))
    return lines


def flags_of(root, folder, program):
    """(sources, preprocessor flags) of a program, from its Makefile.am."""
    text = open(os.path.join(root, folder, "Makefile.am")).read()
    text = text.replace("\\\n", " ")
    sources, flags = [program + ".c"], []
    for what, value in re.findall(r"^%s_(SOURCES|CPPFLAGS)\s*=\s*(.*)$"
                                  % re.escape(program), text, re.M):
        if what == "SOURCES":
            sources = [s for s in value.split() if s.endswith(".c")]
        else:
            flags = [f for f in value.split() if f.startswith("-D")]
    for value in re.findall(r"^AM_CPPFLAGS\s*\+?=\s*(.*)$", text, re.M):
        flags += [f for f in value.split() if f.startswith("-D")]
    if folder.startswith("threads/"):
        flags.append("-DMTEST_USE_THREAD")
    return sources, flags
