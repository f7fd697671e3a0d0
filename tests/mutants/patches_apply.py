# SPDX-License-Identifier: BSL-1.0
"""Every planted bug applies to the core as it is, changes bodies of functions only, and names a law, a target and a test
that exist; a patch that does not apply is told of by name."""

import pathlib
import sys
import tempfile

import library
from library import ROOT

import copies
import planted

paths = sorted(planted.PATCHES.glob("*.patch"))
if len(paths) < 10:
    sys.exit(f"only {len(paths)} patches in {planted.PATCHES}")
bugs = [planted.read_bug(path, number) for number, path in enumerate(paths, 1)]
planted.side_by_side(bugs)
laws = "".join(path.read_text() for path in (ROOT / "spec" / "laws").glob("*.hpp"))
tests = "".join(path.read_text() for path in (ROOT / "tests" / "core").glob("*.cpp"))
for bug in bugs:
    suite, name = bug.test.split(".")
    if f'"{bug.law}"' not in laws:
        sys.exit(f"{bug.id} names a law that does not exist: {bug.law}")
    if f"TEST({suite}, {name})" not in tests:
        sys.exit(f"{bug.id} names a test that does not exist: {bug.test}")
    if not (ROOT / "fuzz" / f"{bug.harness.removeprefix('fuzz_')}.cpp").is_file():
        sys.exit(f"{bug.id} names a fuzz target that does not exist: {bug.harness}")

with tempfile.TemporaryDirectory(dir=planted.PATCHES.parent) as folder:
    stale = pathlib.Path(folder) / "stale.patch"
    stale.write_text(paths[0].read_text().replace("\n-  ", "\n-  no such line; "))
    try:
        planted.patched(planted.read_bug(stale, 1))
    except copies.Environment as problem:
        if "does not apply" not in str(problem) or "stale.patch" not in str(problem):
            sys.exit(f"a stale patch is told of badly: {problem}")
    else:
        sys.exit("a stale patch applies")
print(f"{len(bugs)} patches apply")
