# SPDX-License-Identifier: BSL-1.0
"""The judgement of scripts/coverage: runs the tests of build/coverage, and says which branches of the core they miss.

Each program has a profile of its own, as two programs may have compiled one header differently (with and without
128-bit words). A branch is the same where it stands at the same place: it is covered if some instantiation, in some
program, took it, each way. Conditions that the compiler computes (of an `if constexpr`; of a constant that a template
gives) have no counters: they are counted apart, and not judged.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "coverage"
CORE = ROOT / "core" / "include"
PROGRAMS = ["core/core_test", "core/core_limbs_test", "spec/spec_points_test"]


def fail(message):
    print(f"coverage: {message}", file=sys.stderr)
    sys.exit(2)


def tool(name):
    """The one of the compiler's own version: the formats of the profiles are not each other's."""
    asked = []
    if shutil.which("clang++"):
        asked = run(["clang++", f"-print-prog-name={name}"], "clang++").split()
    names = [*asked, name, *(f"{name}-{version}" for version in range(30, 13, -1))]
    found = next(filter(None, map(shutil.which, names)), None)
    return found or fail(f"there is no {name}; it is in Debian's package llvm")


def run(arguments, what, **options):
    ran = subprocess.run(arguments, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         **options)
    if ran.returncode:
        print(ran.stdout[-4000:] + ran.stderr[-4000:], file=sys.stderr)
        fail(f"{what} ended with status {ran.returncode}; see above")
    return ran.stdout


def profiled(program, profiles):
    """Runs the program; its profile."""
    raw, profile = profiles / f"{program.name}.profraw", profiles / f"{program.name}.profdata"
    for file in (raw, profile):
        file.unlink(missing_ok=True)
    run([program], program.name, env=os.environ | {"LLVM_PROFILE_FILE": str(raw)}, timeout=300)
    if not raw.exists():
        fail(f"{program} leaves no profile; build the preset coverage")
    run([tool("llvm-profdata"), "merge", "-sparse", raw, "-o", profile], "llvm-profdata")
    return profile


def is_reached(segments, place):
    """Whether the code there was run: the count of the last segment that begins before it."""
    before = [s for s in segments if (s[0], s[1]) <= place and s[3]]
    return bool(before) and before[-1][2] > 0


def branches_of(exported):
    """file -> place -> [times true, times false, times reached without a counter], summed over instantiations."""
    for file in exported["data"][0]["files"]:
        counts = {}
        for branch in file["branches"]:
            place, (true, false) = tuple(branch[:4]), branch[4:6]
            count = counts.setdefault(place, [0, 0, 0])
            count[0] += true
            count[1] += false
            if not true and not false and is_reached(file["segments"], place[:2]):
                count[2] += 1
        yield file["filename"], counts


def text_at(file, place):
    lines = pathlib.Path(file).read_text(encoding="utf-8").splitlines()
    first, start, last, end = place
    return lines[first - 1].encode()[start - 1:end - 1 if first == last else None].decode(errors="replace")


def main():
    parser = argparse.ArgumentParser(prog="scripts/coverage", add_help=False)
    parser.add_argument("--json")
    parser.add_argument("--html")
    try:
        wanted = parser.parse_args()
    except SystemExit:
        sys.exit(2)
    profiles = BUILD / "profiles"
    programs = [BUILD / "tests" / name for name in PROGRAMS]
    for program in programs:
        if not os.access(program, os.X_OK):
            fail(f"{program} is not built; run scripts/coverage")
    profiles.mkdir(exist_ok=True)

    merged = {}
    for program in programs:
        profile = profiled(program, profiles)
        about = [program, f"-instr-profile={profile}", CORE]
        for file, counts in branches_of(json.loads(run([tool("llvm-cov"), "export", *about], "llvm-cov export"))):
            kept = merged.setdefault(pathlib.Path(file).relative_to(CORE).as_posix(), {})
            for place, count in counts.items():
                kept[place] = [a + b for a, b in zip(kept.get(place, [0, 0, 0]), count)]
        if wanted.html:
            folder = pathlib.Path(wanted.html, program.name)
            run([tool("llvm-cov"), "show", "-format=html", "-show-branches=count", "-show-instantiations=false",
                 f"-output-dir={folder}", *about], "llvm-cov show")

    headers, missed = [], []
    for header in sorted(path.relative_to(CORE).as_posix() for path in CORE.rglob("*.hpp")):
        counts = merged.get(header, {})
        judged = {place: count for place, count in counts.items() if count[0] or count[1] or not count[2]}
        sides = [(place, side) for place, count in sorted(judged.items()) for side, times in
                 (("true", count[0]), ("false", count[1])) if not times]
        headers.append({"header": header, "branches": len(judged), "sides": 2 * len(judged), "missed": len(sides),
                        "constant": len(counts) - len(judged)})
        missed += [{"file": f"core/include/{header}", "line": place[0], "column": place[1], "never": side,
                    "text": text_at(CORE / header, place)} for place, side in sides]

    print(f"{'header':32} {'branches':>8} {'sides':>6} {'missed':>6} {'constant':>8}")
    for row in headers:
        print(f"{row['header']:32} {row['branches']:8} {row['sides']:6} {row['missed']:6} {row['constant']:8}")
    for side in missed:
        print(f"{side['file']}:{side['line']}: never {side['never']}: {side['text']}")
    sides = sum(row["sides"] for row in headers)
    print(f"{sides - len(missed)} of {sides} sides of {sum(row['branches'] for row in headers)} branches taken, "
          f"{sum(row['constant'] for row in headers)} constant ones not counted")
    if not sides:
        fail("no branch was found in the core")
    if wanted.json:
        try:
            pathlib.Path(wanted.json).write_text(json.dumps({"headers": headers, "missed": missed}, indent=1) + "\n")
        except OSError as error:
            fail(f"cannot write {wanted.json}: {error.strerror}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
