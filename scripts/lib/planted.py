# SPDX-License-Identifier: BSL-1.0
"""scripts/planted: how long each engine takes to see each of the bugs in spec/planted.

A bug is a patch to the core, with the law, the fuzz target and the test that have to see it in its head. Each function
that a patch changes is built with all its variants, and which bug is in force is chosen when a program starts, as for
mutants. So ten bugs take one build."""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from clang import cindex

import copies
import mutants
import mutate
from copies import ROOT, Environment

PATCHES = ROOT / "spec" / "planted"
TREE = ROOT / "build" / "planted"
INCLUDE = pathlib.Path("core/include")
SEEDS = [1, 2, 3, 4, 5]
FUZZ_SECONDS_MAX = 10
ENGINE_SECONDS_MAX = 120
BODIES = mutate.BODIES
SOURCES = ["core/include", "spec/laws", "spec/prove", "spec/planted", "props", "fuzz", "tests/core"]


@dataclasses.dataclass
class Bug:
    id: str
    title: str
    law: str
    harness: str
    test: str
    patch: pathlib.Path
    headers: list
    number: int


def read_bug(path, number):
    text = path.read_text()
    said = dict(re.findall(r"^(law|harness|test): (\S+)$", text, re.M))
    missing = {"law", "harness", "test"} - set(said)
    if missing:
        raise Environment(f"{path}: its head has no line '{sorted(missing)[0]}: …'")
    headers = re.findall(r"^\+\+\+ b/(core/include/\S+)", text, re.M)
    return Bug(path.stem, text.splitlines()[0], said["law"], said["harness"], said["test"], path, headers, number)


def patched(bug):
    """The headers as the patch leaves them: name → text."""
    with tempfile.TemporaryDirectory() as folder:
        for header in bug.headers:
            target = pathlib.Path(folder) / header
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / header, target)
        applied = subprocess.run(["git", "apply", "--unsafe-paths", f"--directory={folder}", bug.patch], cwd=folder,
                                 capture_output=True, text=True, env={**os.environ, "GIT_DIR": "/dev/null/none"})
        if applied.returncode:
            raise Environment(f"{bug.patch.relative_to(ROOT)} does not apply to the core any more; make it anew, or say why the "
                              f"bug cannot be made now:\n{applied.stderr.strip()}")
        return {header: (pathlib.Path(folder) / header).read_text() for header in bug.headers}


def bodies_of(path, text, include, arguments):
    """The functions of a header: (name, ordinal) → (begin, end) of the body, in bytes."""
    unit = cindex.Index.create().parse(str(path), ["-x", "c++", "-std=c++20", f"-I{include}", *arguments],
                                       unsaved_files=[(str(path), text)])
    errors = [d for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
    if errors:
        raise Environment(f"{path} does not compile with a bug in it: {errors[0]}")
    found = {}

    def visit(cursor):
        for child in cursor.get_children():
            if child.extent.start.file is None or pathlib.Path(child.extent.start.file.name) != path:
                if child.kind == cindex.CursorKind.NAMESPACE:
                    visit(child)
                continue
            if child.kind in BODIES:
                for part in child.get_children():
                    if part.kind == cindex.CursorKind.COMPOUND_STMT:
                        ordinal = sum(name == child.spelling for name, _ in found)
                        found[(child.spelling, ordinal)] = (part.extent.start.offset, part.extent.end.offset)
            else:
                visit(child)

    visit(unit.cursor)
    return found


def side_by_side(bugs):
    """The headers with every bug's functions beside the right ones."""
    arguments = mutants.compiler_arguments()
    variants = {}  # header → function → [(number, body)]
    for bug in bugs:
        for header, text in patched(bug).items():
            right = (ROOT / header).read_text()
            old = bodies_of(ROOT / header, right, ROOT / INCLUDE, arguments)
            new = bodies_of(ROOT / header, text, ROOT / INCLUDE, arguments)
            rest_old, rest_new = without(right.encode(), old), without(text.encode(), new)
            if rest_old != rest_new or old.keys() != new.keys():
                raise Environment(f"{bug.patch.relative_to(ROOT)} changes more than the bodies of functions; such bugs cannot be "
                                  "built side by side")
            for function in old:
                before, after = right.encode()[slice(*old[function])], text.encode()[slice(*new[function])]
                if before != after:
                    variants.setdefault(header, {}).setdefault(function, []).append((bug.number, after))
    contents = {INCLUDE / "guestclock/mutant.hpp": mutate.SELECTOR.encode()}
    for header, functions in variants.items():
        text = (ROOT / header).read_bytes()
        bodies = bodies_of(ROOT / header, text.decode(), ROOT / INCLUDE, arguments)
        for function in sorted(functions, key=lambda f: -bodies[f][0]):
            begin = bodies[function][0]
            choices = b"".join(b" if (::guestclock::mutants::active(%d)) %s" % (number, body)
                               for number, body in functions[function])
            text = text[:begin + 1] + choices + text[begin + 1:]
        contents[pathlib.Path(header)] = text.replace(b"#pragma once\n", b"#pragma once\n#include <guestclock/mutant.hpp>\n", 1)
    return contents


def without(text, bodies):
    for begin, end in sorted(bodies.values(), reverse=True):
        text = text[:begin] + text[end:]
    return text


class Engines:
    def __init__(self, build):
        self.build = build
        self.prover = build / "spec/prove/guestclock_prove"
        self.props = build / "props/guestclock_props"
        self.tests = sorted(path for path in (build / "tests/core").glob("*_test") if path.is_file())

    def timed(self, command, number, folder=None):
        start = time.monotonic()
        ran = copies.run(command, ENGINE_SECONDS_MAX, {"GUESTCLOCK_MUTANT": str(number), "ASAN_OPTIONS": "symbolize=0"}, folder)
        return ran, time.monotonic() - start

    def proof(self, bug, number):
        """A law that is refuted, or not to be proved any more, is seen; a prover that fails is not."""
        ran, seconds = self.timed([self.prover, "--quick", "--law", bug.law], number)
        if ran.status == 2:
            raise Environment(f"{bug.id}: the prover: {ran.output.strip()}")
        return seconds if ran.status == 1 and re.search(r"^(refuted|unknown)", ran.output, re.M) else None

    def sample(self, bug, number):
        ran, seconds = self.timed([self.props, "--law", bug.law, "--seed", 1], number)
        if ran.status == 2:
            raise Environment(f"{bug.id}: the sampler: {ran.output.strip()}")
        return seconds if ran.status != 0 else None

    def fuzz(self, bug, number):
        """Seconds by seed, from an empty corpus; None where a campaign ends without a finding."""
        seconds = []
        binary = self.build / "fuzz" / bug.harness
        if not binary.is_file():
            raise Environment(f"{bug.patch}: there is no fuzz target {bug.harness}")
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                ran, spent = self.timed([binary, f"-seed={seed}", f"-max_total_time={FUZZ_SECONDS_MAX}", "-timeout=5",
                                         f"-artifact_prefix={folder}/"], number, folder)
                seconds.append(spent if ran.status not in (0, None) and os.listdir(folder) else None)
        return seconds

    def test(self, bug, number):
        known = False
        for binary in self.tests:
            listed = copies.run([binary, "--gtest_list_tests", f"--gtest_filter={bug.test}"], 60).output
            if bug.test.split(".")[1] not in listed:
                continue
            known = True
            ran, seconds = self.timed([binary, f"--gtest_filter={bug.test}", "--gtest_brief=1"], number)
            if ran.status != 0:
                return seconds
        if not known:
            raise Environment(f"{bug.patch.relative_to(ROOT)} names a test that does not exist: {bug.test}")
        return None

    def baseline(self, bugs):
        """Without a bug nothing may be seen."""
        for harness in sorted({bug.harness for bug in bugs}):
            ran, _ = self.timed([self.build / "fuzz" / harness, "-seed=1", f"-max_total_time={FUZZ_SECONDS_MAX}"], 0,
                                self.build)
            if ran.status != 0:
                raise Environment(f"{harness} ends with status {ran.status} without a bug:\n{ran.output[-2000:]}")
        for bug in bugs:
            if self.proof(bug, 0) is not None or self.sample(bug, 0) is not None or self.test(bug, 0) is not None:
                raise Environment(f"{bug.id}: an engine complains without the bug")


def show(value):
    return "-" if value is None else f"{value:.2f}"


def main():
    parser = argparse.ArgumentParser(prog="scripts/planted")
    parser.add_argument("--json", metavar="F", type=pathlib.Path)
    parser.add_argument("--bug", metavar="ID", action="append", help="only this one; what F says of others is kept")
    options = parser.parse_args()
    paths = sorted(PATCHES.glob("*.patch"))
    bugs = [read_bug(path, number) for number, path in enumerate(paths, 1)]
    for wanted in options.bug or []:
        if wanted not in {bug.id for bug in bugs}:
            raise Environment(f"there is no bug {wanted}; there are: {', '.join(bug.id for bug in bugs)}")
    known = {bug.id for bug in bugs}
    again = bool(options.bug and options.json and options.json.is_file())  # then the build of all of them may be there
    sources = mutants.digest_of([ROOT / name for name in SOURCES])
    if again and json.loads(options.json.read_text()).get("sources") != sources:
        raise Environment(f"{options.json} is of other sources, so that what it says of other bugs cannot be kept; run all of "
                          "them, without --bug, or name another file")
    built = bugs if again else None
    if options.bug:
        bugs = [bug for bug in bugs if bug.id in options.bug]

    copies.progress("building the engines with the bugs side by side")
    copies.copy_repository(TREE, side_by_side(built or bugs))
    build = copies.configure(TREE, "-DGUESTCLOCK_FUZZ_ENGINE=libfuzzer")
    listed = copies.run_or_fail(["ninja", "-C", build, "-t", "targets", "all"])
    tests = sorted(set(re.findall(r"^tests/core/(core_\w*test|\w+_test): ", listed, re.M)))
    copies.run_or_fail(["cmake", "--build", build, "--target", "guestclock_prove", "guestclock_props",
                        *sorted({bug.harness for bug in bugs}), *tests])
    engines = Engines(build)
    copies.progress("running everything without a bug")
    engines.baseline(bugs)

    print(f"{'seconds until seen':<30}{'proof':>8}{'sample':>8}{'fuzz':>8}{'worst':>8}{'test':>8}")
    reports, unseen = [], 0
    for bug in bugs:
        copies.progress(bug.id)
        fuzz = engines.fuzz(bug, bug.number)
        seen = {"proof": engines.proof(bug, bug.number), "sample": engines.sample(bug, bug.number),
                "fuzz": None if None in fuzz else statistics.median(fuzz), "test": engines.test(bug, bug.number)}
        worst = None if None in fuzz else max(fuzz)
        copies.progress("")
        print(f"{bug.id:<30}{show(seen['proof']):>8}{show(seen['sample']):>8}{show(seen['fuzz']):>8}{show(worst):>8}"
              f"{show(seen['test']):>8}", flush=True)
        enough = seen["fuzz"] is not None and worst <= FUZZ_SECONDS_MAX and seen["test"] is not None and (
            seen["proof"] is not None or seen["sample"] is not None)
        if not enough:
            unseen += 1
            print(f"  not seen by its law ({bug.law}), its fuzz target ({bug.harness}) and its test ({bug.test})")
        reports.append({"id": bug.id, "where": " ".join(bug.headers), "change": bug.title, "law": bug.law,
                        "harness": bug.harness, "test": bug.test,
                        "killed_by": {engine: value if value is None else round(value, 3) for engine, value in seen.items()},
                        "fuzz_seconds": [value if value is None else round(value, 3) for value in fuzz],
                        "equivalent": None})
    if options.json:
        if again:
            others = [each for each in json.loads(options.json.read_text())["planted"] if each["id"] in known - set(options.bug)]
            reports = sorted(others + reports, key=lambda each: each["id"])
        copies.save(options.json, json.dumps({"sources": sources, "planted": reports}, indent=1) + "\n")
    print(f"{len(bugs)} planted bugs: {len(bugs) - unseen} seen by their law, fuzz target (within {FUZZ_SECONDS_MAX} s, "
          f"{len(SEEDS)} seeds, from an empty corpus) and test")
    return 1 if unseen else 0


if __name__ == "__main__":
    copies.run_command("planted", main, "nothing was written")
