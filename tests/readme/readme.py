#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Holds the documents against what they speak of.

readme.py program  ROOT COMPILER           every C++ block of the README and of docs compiles; the README's first
                                           prints what stands below it
readme.py commands ROOT [PROVER] [TOOL]    every command in an `sh` block of the README runs; see `commands`
readme.py count    ROOT PROVER             the README's summary of the proofs speaks of as many laws as there are
readme.py laws     ROOT PROVER             every law that the core's headers or the documents name is in the list
readme.py refresh  ROOT [FILE]             runs scripts/prove --quick, or takes what it printed into FILE, and puts
                                           its last line into the README

Status 0: so it is; 1: it is not; 2: usage.
"""

import json
import os
import pathlib
import platform
import re
import shlex
import subprocess
import sys
import tempfile

# These take minutes, install packages, and are what runs this very test: here they only have to exist and say what
# they do.
ASKED_FOR_HELP = ("scripts/verify", "scripts/test", "scripts/fuzz")
# This build is what these make: here the preset and the target only have to exist.
MAKES_THIS_BUILD = re.compile(r"cmake (?:--build )?--preset (\w+)(?: --target (\w+))?")
# What sh does not know: {A,B} is for bash.
BASH_ONLY = re.compile(r"\{\w+(?:,\w+)+\}")
# Status 1 says "this machine has no live clock page", which is no fault of the README.
MAY_SAY_NO = re.compile(r"build/release/tools/guestclock (?:now|inspect live|watch)"
                        r"(?: --(?:json|interval \S+|duration \S+))*")

# Status 2 says "there is no KVM here, or not for this user"; where there is, it must not.
NEEDS_KVM = re.compile(r"build/release/tools/guestclock sandbox(?: .*)?")

PROOFS = re.compile(r"<!-- proofs -->\n(.*?)<!-- /proofs -->\n", re.DOTALL)
SUMMARY = re.compile(r"(\d+) laws: .+")
LAW = re.compile(r"(?:word|instant|scale|version_retry|pvclock|publisher)(?:\.[a-z0-9-]+){2,3}")


def fences(text):
    """(language, content) of each fenced block, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def run(arguments, **options):
    return subprocess.run(arguments, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=600, **options)


def program(root, compiler):
    blocks = fences((root / "README.md").read_text())
    wrong = []
    if "cpp" not in (language for language, _ in blocks):
        wrong.append("there is no program in the README")
    for document in sorted(root.glob("docs/*.md")):
        blocks += fences(document.read_text())
    first = True
    with tempfile.TemporaryDirectory() as folder:
        for position, (language, text) in enumerate(blocks):
            if language != "cpp":
                continue
            source = pathlib.Path(folder, "program.cpp")
            source.write_text(text)
            flags = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{root}/core/include"]
            if not first:
                if platform.machine() == "x86_64":
                    compiled = run([*flags, f"-I{root}/backends/include", "-fsyntax-only", source])
                    if compiled.returncode:
                        wrong.append(f"a C++ block does not compile:\n{compiled.stdout}")
                continue
            first = False
            compiled = run([*flags, source, "-o", pathlib.Path(folder, "program")])
            if compiled.returncode:
                wrong.append(f"the program does not compile:\n{compiled.stdout}")
                continue
            printed = run([pathlib.Path(folder, "program")]).stdout
            shown = blocks[position + 1] if position + 1 < len(blocks) else ("", "")
            if shown != ("text", printed):
                wrong.append(f"the program prints\n{printed}but the README shows\n{shown[1]}")
    if first:
        wrong.append("there is no program in the README")
    return wrong


def commands(root, prover="", tool=""):
    """Runs each line of the `sh` blocks by sh, in a folder that has everything of the repository but its builds.

    scripts/verify, scripts/test and scripts/fuzz are run with --help only; of a preset that is configured or built, and of
    its target, it is looked whether they exist. No option of CMake's needs bash, here or in another document. scripts/prove
    and the command guestclock are the binaries of this build, so that nothing is built here; without such a binary the
    line is reported and left out. `guestclock now`, `watch` and `inspect live` may end with status 1: this machine then
    has no live clock page.
    `guestclock sandbox` may end with status 2 where /dev/kvm cannot be used."""
    lines = []
    for language, text in fences((root / "README.md").read_text()):
        if language == "sh":
            lines += [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    wrong = [] if lines else ["there is no command in the README"]
    for document in [*root.glob("*.md"), *root.glob("docs/*.md")]:
        wrong += [f"{document.relative_to(root)}:{number}: only bash knows this: {line}"
                  for number, line in enumerate(document.read_text().splitlines(), 1)
                  if "-D" in line and BASH_ONLY.search(line)]
    if wrong:
        return wrong
    presets = json.loads((root / "CMakePresets.json").read_text())
    replaced = {"scripts/prove": prover, "build/release/tools/guestclock": tool}
    with tempfile.TemporaryDirectory() as folder:
        for entry in root.iterdir():
            if entry.name not in ("build", ".git"):
                pathlib.Path(folder, entry.name).symlink_to(entry)
        home = pathlib.Path(folder, "home")
        home.mkdir()
        for line in lines:
            name = line.split()[0]
            command = line
            if made := MAKES_THIS_BUILD.fullmatch(line.strip()):
                preset, target = made.groups()
                kind = "buildPresets" if "--build" in line else "configurePresets"
                if preset not in (each["name"] for each in presets[kind]):
                    wrong.append(f"there is no such preset: {line}")
                elif target and not any(re.search(rf"add_executable\(\s*{target}\s", text.read_text())
                                        for text in root.glob("tools/CMakeLists.txt")):
                    wrong.append(f"there is no such target: {line}")
                continue
            if name in ASKED_FOR_HELP:
                command = f"{name} --help"
            elif name in replaced:
                if not replaced[name]:
                    print(f"not run, because this build does not have it: {line}")
                    continue
                command = re.sub(rf"(?<!\S){re.escape(name)}(?!\S)", lambda _: shlex.quote(replaced[name]), line)
            ran = run(["sh", "-c", command], cwd=folder, env=os.environ | {"HOME": str(home)})
            if ran.returncode == 1 and MAY_SAY_NO.fullmatch(line.strip()):
                print(f"answered no, as on any machine without a live clock page: {line}\n{ran.stdout}")
            elif ran.returncode == 2 and NEEDS_KVM.fullmatch(line.strip()) and not os.access("/dev/kvm", os.R_OK | os.W_OK):
                print(f"not answered, as on any machine without a usable /dev/kvm: {line}\n{ran.stdout}")
            elif ran.returncode:
                wrong.append(f"status {ran.returncode} of: {command}\n{ran.stdout}")
            else:
                print(f"ran: {command}")
    return wrong


def listed(prover):
    return [line.split()[0] for line in
            subprocess.run([prover, "--list"], text=True, stdout=subprocess.PIPE, check=True).stdout.splitlines()]


def count(root, prover):
    block = PROOFS.search((root / "README.md").read_text())
    summary = SUMMARY.search(block.group(1)) if block else None
    if not summary:
        return ["README.md has no line like '58 laws: …' between <!-- proofs --> and <!-- /proofs -->"]
    laws = len(listed(prover))
    if int(summary.group(1)) == laws:
        return []
    return [f"README.md speaks of {summary.group(1)} laws, the list has {laws}; say "
            "tests/readme/readme.py refresh ."]


def laws(root, prover):
    known = set(listed(prover))
    wrong = []
    named = 0

    def check(path, pattern):
        nonlocal named
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for match in re.findall(pattern, line):
                named += 1
                if match not in known:
                    wrong.append(f"{path.relative_to(root)}:{number}: there is no law {match}")

    headers = sorted((root / "core" / "include").rglob("*.hpp"))
    for header in headers:
        check(header, r"\[([a-z_]+(?:\.[a-z0-9-]+){2,3})\]")
    if not named:
        wrong.append("no header names a law: is the pattern still the right one?")
    for document in [*root.glob("*.md"), *root.glob("spec/*.md"), *root.glob("docs/*.md")]:
        check(document, rf"(?<![\w./-])({LAW.pattern})(?![\w/-])")
    return wrong


def refresh(root, printed=None):
    # By the status, too: the last line alone does not tell of theorems that are not proved, or of unexpected premises.
    if printed is None:
        ran = subprocess.run([root / "scripts" / "prove", "--quick"], text=True, stdout=subprocess.PIPE)
        output, status = ran.stdout, ran.returncode
    else:
        output, status = pathlib.Path(printed).read_text(), 0
    last = output.strip().splitlines()[-1:]
    if status or not last or not SUMMARY.fullmatch(last[0]):
        return [output, f"scripts/prove ends with status {status}; the README is as it was"]
    readme = root / "README.md"
    text = readme.read_text()
    if not PROOFS.search(text):
        return ["README.md has no <!-- proofs --> and <!-- /proofs -->"]
    readme.write_text(PROOFS.sub(lambda _: f"<!-- proofs -->\n    {last[0]}\n<!-- /proofs -->\n", text))
    return []


def main():
    checks = {"program": program, "commands": commands, "count": count, "laws": laws, "refresh": refresh}
    if len(sys.argv) < 3 or sys.argv[1] not in checks:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        wrong = checks[sys.argv[1]](pathlib.Path(sys.argv[2]).resolve(), *sys.argv[3:])
    except TypeError as error:
        print(f"readme.py: {error}", file=sys.stderr)
        return 2
    for fault in wrong:
        print(fault)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
