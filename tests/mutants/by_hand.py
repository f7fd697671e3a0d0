# SPDX-License-Identifier: BSL-1.0
"""by_hand.py COMPILER: one mutant and one planted bug, each really edited into a copy of the core and compiled by itself,
without any choice at run time: the sampler refutes the law that the tables name. Without an edit it does not."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import library
from library import ROOT

import copies
import mutate
import mutants
import planted

INCLUDE = ROOT / "core" / "include"
MUTANT = ("scale.hpp", "scale_product(u64, u32)", "arithmetic")
LAW = "scale.product.exact"
BUG = "08-zero-multiplier-accepted"


def sampler(compiler, include, folder):
    """The sampler over these headers."""
    program = pathlib.Path(folder) / "sampler"
    copies.run_or_fail([compiler, "-std=c++20", "-O1", "-w", f"-I{include}", ROOT / "props/main.cpp",
                        ROOT / "props/sample.cpp", "-o", program, "-lrapidcheck"])
    return program


def refutes(program, law):
    ran = subprocess.run([program, "--law", law, "--seed", "1"], capture_output=True, text=True)
    if ran.returncode not in (0, 1):
        sys.exit(f"the sampler ended with status {ran.returncode}: {ran.stderr}")
    if ran.returncode == 1 and f"refuted  {law}" not in ran.stdout:
        sys.exit(f"the sampler says no, but not of {law}:\n{ran.stdout}")
    return ran.returncode == 1


def main():
    compiler = sys.argv[1]
    edits = [edit for edit in mutate.find_edits(INCLUDE, mutants.compiler_arguments())[0]
             if (edit.header.split("/")[-1], edit.function, edit.kind) == MUTANT and edit.form == "choice"]
    if not edits:
        sys.exit(f"there is no mutant like {MUTANT} any more; name another one here")
    bug = next(b for b in (planted.read_bug(path, 1) for path in planted.PATCHES.glob("*.patch")) if b.id == BUG)

    with tempfile.TemporaryDirectory() as folder:
        include = pathlib.Path(folder) / "include"
        shutil.copytree(INCLUDE, include)
        program = sampler(compiler, include, folder)
        for law in (LAW, bug.law):
            if refutes(program, law):
                sys.exit(f"{law} is refuted without an edit")

        header = include / edits[0].header
        right = header.read_bytes()
        header.write_bytes(right[:edits[0].begin] + edits[0].replacement.encode() + right[edits[0].end:])
        if not refutes(sampler(compiler, include, folder), LAW):
            sys.exit(f"{LAW} holds with the mutant edited in: {edits[0].id}")
        print(f"{edits[0].id}: refuted")
        header.write_bytes(right)

        for name, text in planted.patched(bug).items():
            (pathlib.Path(folder) / pathlib.Path(name).relative_to("core")).write_text(text)
        if not refutes(sampler(compiler, include, folder), bug.law):
            sys.exit(f"{bug.law} holds with the bug patched in: {bug.id}")
        print(f"{bug.id}: refuted")


main()
