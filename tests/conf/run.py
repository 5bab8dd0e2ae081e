#!/usr/bin/python3
# run.py - compiles and runs MPICH's test suite with one MPI, line by line.
# SPDX-License-Identifier: BSD-3-Clause
"""Usage: run.py [options] [FOLDER...]   (all folders if none is named)

  --mpi NAME      lite5, lite4 (mpi-lite with Open MPI 5's or 4's header) or
                  openmpi (Debian's, with mpirun)
  --out DIR       the build's folder (out)
  --work DIR      objects and programs (OUT/conf)
  --results FILE  one line per test: STATE SECONDS FOLDER LINE
  --jobs N        tests at a time (2)
  --seconds N     stop after that long; with --sample
  --sample SEED   in an order that the seed decides
  --limit N       at most N seconds for one test
  --only REGEX    lines that match
"""

import argparse
import concurrent.futures
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import suite

HERE = os.path.dirname(os.path.abspath(__file__))
# What a program does not use of the suite's library need not be linked.
CFLAGS = ["-O1", "-g", "-Wno-all", "-Wno-unused-result", "-std=gnu99", "-DHAVE_CONFIG_H",
          "-ffunction-sections", "-fdata-sections",
          "-DOMPI_OMIT_MPI1_COMPAT_DECLS=0", "-DHAVE_MPI_INTEGER16=1"]


class Mpi:
    """How a program is compiled and started with one MPI."""

    def __init__(self, name, out, root, work):
        self.name, self.out, self.root = name, out, root
        self.work = os.path.join(work, name)
        self.env = dict(os.environ)
        self.lock = threading.Lock()
        self.built = {}
        if name == "lite5":
            self.env["BMCC_MPI_INCLUDE"] = subprocess.check_output(
                [os.path.join(HERE, "../../headnode/setup/mpi-header.sh")],
                text=True).strip()
        self.cc = ["mpicc"] if name == "openmpi" else [
            os.path.join(out, "bin/bmcc"), "--host"]
        os.makedirs(self.work, exist_ok=True)

    def compile(self, args, log):
        return subprocess.run(self.cc + CFLAGS + args, env=self.env,
                              stdout=log, stderr=log,
                              stdin=subprocess.DEVNULL).returncode == 0

    def includes(self):
        return ["-I" + os.path.join(self.root, d)
                for d in ("include", "dtpools/include", "dtpools")]

    def support(self):
        """The suite's own library, as one archive."""
        archive = os.path.join(self.work, "support.a")
        sources = [os.path.join(self.root, "util", f) for f in
                   ("mtest.c", "mtest_common.c", "mtest_thread.c",
                    "dtypes.c")]
        pools = os.path.join(self.root, "dtpools/src")
        sources += [os.path.join(pools, f) for f in sorted(os.listdir(pools))
                    if f.endswith(".c")]
        objects = []
        for source in sources:
            objects.append(os.path.join(
                self.work, os.path.basename(source)[:-2] + ".o"))
            with open(objects[-1] + ".log", "w") as log:
                if not self.compile(self.includes() + [
                        "-c", "-o", objects[-1], source], log):
                    sys.exit("run.py: %s does not compile: see %s.log"
                             % (source, objects[-1]))
        if os.path.exists(archive):
            os.unlink(archive)
        subprocess.check_call(["ar", "rc", archive] + objects)
        return archive

    def build(self, folder, program):
        """The path, or None: "nobuild" or "nolink" stands in self.built."""
        with self.lock:
            known = self.built.get((folder, program))
            if not known:
                known = self.built[folder, program] = threading.Event()
                known.result = None
                mine = True
            else:
                mine = False
        if not mine:
            known.wait()
            return known.result
        path = os.path.join(self.work, folder, program)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        sources, flags = suite.flags_of(self.root, folder, program)
        objects = []
        result = ("ok", path)
        with open(path + ".log", "w") as log:
            for source in sources:
                objects.append("%s-%s.o" % (path, source.replace("/", "_")))
                if not self.compile(self.includes() + flags + [
                        "-Werror=implicit-function-declaration",
                        "-Werror=incompatible-pointer-types",
                        "-Werror=int-conversion", "-c", "-o",
                        objects[-1], os.path.join(
                            self.root, folder, source)], log):
                    result = ("nobuild", None)
                    break
            if result[1] and not self.compile(
                    ["-o", path] + objects + [os.path.join(
                        self.work, "support.a")] +
                    ["-lm", "-lpthread", "-Wl,--gc-sections"], log):
                result = ("nolink", None)
        known.result = result
        known.set()
        return result

    def command(self, line, path, seconds):
        n, seconds = str(line.ranks), str(int(seconds))
        if self.name == "openmpi":
            return ["mpirun", "--allow-run-as-root", "--oversubscribe", "-q",
                    "--timeout", seconds,
                    "--mca", "btl", "self,vader", "--mca",
                    "btl_vader_single_copy_mechanism", "none",
                    "-n", n, path] + line.args
        return [os.path.join(self.out, "bin/bmrun"), "--local", "-n", n,
                "--timeout", seconds,
                path] + line.args


def run_line(mpi, line, limit):
    """(state, seconds, output)"""
    state, path = mpi.build(line.folder, line.program)
    if not path:
        return state, 0, ""
    env = dict(os.environ)
    for pair in line.env:
        key, _, value = pair.partition("=")
        env[key] = value
    # The launcher ends what takes too long; we, a launcher that does not.
    seconds = min(line.seconds, limit)
    begin = time.monotonic()
    child = subprocess.Popen(
        mpi.command(line, path, seconds), env=env, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=os.path.dirname(path), start_new_session=True)
    try:
        output = child.communicate(timeout=seconds + 10)[0]
        state = "pass" if line.passed(
            child.returncode, output.decode(errors="replace")) else "fail"
        if state == "fail" and time.monotonic() - begin >= seconds:
            state = "timeout"
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGTERM)
        try:
            output = child.communicate(timeout=5)[0]
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            output = child.communicate()[0]
        state = "timeout"
    with open("%s-%d.out" % (path, line.ranks), "wb") as file:
        file.write(output)
    return state, time.monotonic() - begin, output.decode(errors="replace")


def excluded():
    """(folder, pattern of line) pairs that do not apply to us, with class."""
    rows = []
    for text in open(os.path.join(HERE, "exclude")):
        text = text.split("#")[0].strip()
        if text:
            folder, pattern, reason = text.split(None, 2)
            rows.append((folder, re.compile(pattern), reason))
    return rows


def reason_of(line, rows):
    for folder, pattern, reason in rows:
        if folder == line.folder and pattern.search(line.text):
            return reason
    return None


def known_failures():
    """The lines that docs/conformance.md says fail: a sample skips them."""
    page = os.path.join(HERE, "../../docs/conformance.md")
    if not os.path.exists(page):
        return set()
    return set(re.findall(r"^- `([^`]+)`:", open(page).read(), re.M))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--mpi", default="lite5")
    parser.add_argument("--out", default="out")
    parser.add_argument("--work")
    parser.add_argument("--results")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--limit", type=float, default=60)
    parser.add_argument("--only", default="")
    parser.add_argument("folders", nargs="*")
    o = parser.parse_args()
    out = os.path.abspath(o.out)
    root = subprocess.check_output(
        [os.path.join(HERE, "../../headnode/setup/mpich-tests.sh")],
        text=True).strip()
    mpi = Mpi(o.mpi, out, root, os.path.abspath(o.work or out + "/conf"))
    rows = excluded()
    lines = [line for folder in o.folders or suite.DIRS
             for line in suite.lines_of(root, folder)
             if re.search(o.only, line.text)]
    if o.sample is not None:
        print("# sample: seed %d (make conformance SEED=%d repeats it)"
              % (o.sample, o.sample))
        # What takes minutes, or gigabytes, is for the whole run.
        lines = [line for line in lines if not re.search(
            r"timeLimit|mem=|cnt=65530|count=65530|262144", line.text)]
        random.Random(o.sample).shuffle(lines)
    mpi.support()
    known_names = known_failures() if o.sample is not None else set()
    until = time.monotonic() + o.seconds if o.seconds else None
    count = {}
    results = open(o.results, "w") if o.results else None

    def one(line):
        reason = reason_of(line, rows)
        if reason:
            return line, "skip", 0, reason
        if until and time.monotonic() > until:
            return line, "late", 0, ""
        ran = run_line(mpi, line, o.limit)
        # A sample is part of `make check`: a busy machine is no failure.
        if o.sample is not None and ran[0] == "timeout" and \
                line.name not in known_names:
            ran = run_line(mpi, line, 5 * o.limit)
        return (line,) + ran

    with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
        for line, state, seconds, output in pool.map(one, lines):
            if state == "late":
                continue
            count[state] = count.get(state, 0) + 1
            n = sum(count.values())
            if results:
                results.write("%s %.1f %s\n" % (state, seconds, line.name))
                results.flush()
            known = state in ("fail", "timeout", "nolink") and \
                line.name in known_names
            if known:
                count["known"] = count.get("known", 0) + 1
                count[state] -= 1
            if known or state in ("pass", "skip", "nobuild"):
                note = {"pass": "", "skip": " # skip " + output,
                        "nobuild": " # skip not in this mpi.h"}.get(
                            state, " # skip known: docs/conformance.md")
                print("ok %d - %s%s" % (n, line.name, note), flush=True)
            else:
                for text in output.splitlines()[-6:]:
                    print("# " + text[:200])
                print("not ok %d - %s: %s" % (n, line.name, state),
                      flush=True)
    print("1..%d" % sum(count.values()))
    bad = sum(count.get(k, 0) for k in ("fail", "timeout", "nolink"))
    print("# " + ", ".join("%d %s" % (v, k) for k, v in
                           sorted(count.items())))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
