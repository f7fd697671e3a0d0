# SPDX-License-Identifier: BSL-1.0
"""scripts/ledger: what is known about each law and each public function, from the engines' own output."""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import re
import sys

import copies
import mutate
import mutants
from copies import ROOT, Environment

LEDGER = ROOT / "spec" / "LEDGER.md"
BUILD = ROOT / "build" / "release"
WORK = ROOT / "build" / "ledger"
INCLUDE = ROOT / "core" / "include"
SOURCES = ["core/include", "spec/laws", "spec/prove", "props", "fuzz/laws.cpp"]
SEAL = re.compile(r"<!-- sources ([0-9a-f]{64}), text ([0-9a-f]{64}) -->\n\Z")


def sources_digest():
    digest = hashlib.sha256()
    for name in SOURCES:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix in (".hpp", ".cpp"):
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def sealed(text):
    return f"{text}\n<!-- sources {sources_digest()}, text {hashlib.sha256(text.encode()).hexdigest()} -->\n"


def public_functions():
    """header → the functions that a program can call, as the compiler sees them."""
    return {header: functions for header, functions in mutate.public_functions(INCLUDE, mutants.compiler_arguments()).items()}


def header_of(law):
    return law.split(".")[0]


def law_list():
    prover = BUILD / "spec/prove/guestclock_prove"
    if not prover.is_file():
        raise Environment(f"{prover} is not there; build it with: scripts/prove --list")
    return dict(line.split(None, 1) for line in copies.run_or_fail([prover, "--list"]).splitlines())


# --- making it ---

def collect(options):
    """Runs the engines, or takes what they said: their own JSON."""
    WORK.mkdir(parents=True, exist_ok=True)

    def report(given, name, command):
        path = given or WORK / name
        if given is None:
            copies.progress(f"running {' '.join(map(str, command[:2]))} …")
            ran = copies.run([*command, "--json", path], None)
            if ran.status != 0:
                raise Environment(f"{' '.join(map(str, command))} ended with status {ran.status}; the ledger is as it was:\n"
                                  f"{ran.output[-2000:]}")
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise Environment(f"{path} cannot be read: {error}") from error

    return {"proofs": report(options.proofs, "proofs.json", [ROOT / "scripts/prove", "--solver", "both"]),
            "samples": report(options.samples, "samples.json", [BUILD / "props/guestclock_props", "--seed", 1]),
            "fuzz": report(options.fuzz, "fuzz.json", [ROOT / "scripts/fuzz", "--minutes", 1]),
            "mutants": report(options.mutants, "mutants.json", [ROOT / "scripts/mutants"]),
            "planted": report(options.planted, "planted.json", [ROOT / "scripts/planted"])}


def by_solver(law, name):
    solver = law["solvers"].get(name)
    if solver is None:
        return "–"
    return f"{solver['seconds']:.1f} s" if solver["status"] == "proved" else "no"


def not_judged(mutants_found):
    left = mutants_found.get("left", 0)
    return f" ({left} more were not judged: they were drawn at random)" if left else ""


def render(found):
    proofs = found["proofs"]["laws"]
    samples = collections.Counter()
    for part in found["samples"]["laws"]:
        samples[part["id"]] += part["runs"]
    killed = collections.Counter()
    in_function = collections.defaultdict(collections.Counter)
    for mutant in found["mutants"]["mutants"]:
        header = mutant["where"].split("/")[-1].split(":")[0]
        verdict = in_function[(header, mutant["function"])]
        verdict["all"] += 1
        verdict["reached"] += mutant["reached_by"] > 0
        verdict["killed"] += mutant["killed_by"]["sample"] is not None or mutant["killed_by"]["proof"] is not None
        verdict["explained"] += mutant["equivalent"] is not None
        for law in mutant["laws"]:
            killed[law] += 1

    counts = collections.Counter(law["status"] for law in proofs)
    by_both = sum(law["status"] == "proved" and all(s["status"] == "proved" for s in law["solvers"].values()) for law in proofs)
    all_mutants = found["mutants"]["mutants"]
    dead = sum(m["killed_by"]["sample"] is not None or m["killed_by"]["proof"] is not None for m in all_mutants)
    excused = sum(m["equivalent"] is not None for m in all_mutants)
    lines = ["# The ledger", "",
             "Made by `scripts/ledger` from what the engines print, and never by hand; a test refuses it when it is out of date.",
             "", f"- {len(proofs)} laws: " + ", ".join(f"{counts[status]} {status}" for status in
                                                       ("proved", "exhausted", "sampled", "refuted", "unknown") if counts[status]) +
             f"; {by_both} of the proved ones by Z3 and by cvc5, each alone.",
             f"- {len(found['proofs']['canaries'])} false laws, the canaries, refuted in the same run.",
             f"- {sum(samples.values())} samples; " + "; ".join(
                 f"{target['name']}: {target['executions']} executions" for target in found["fuzz"]["targets"]) +
             " (each execution of fuzz_laws runs one of the laws).",
             f"- {len(all_mutants)} mutants of the core{not_judged(found['mutants'])}, of which samples and proofs kill {dead} "
             f"({100 * dead / max(1, len(all_mutants)):.1f} %); {excused} others are explained in "
             f"[mutants.txt](mutants.txt), and {len(all_mutants) - dead - excused} survive.",
             f"- {len(found['planted']['planted'])} planted bugs, seen by " + ", ".join(
                 f"{engine}: {sum(b['killed_by'][engine] is not None for b in found['planted']['planted'])}"
                 for engine in ("proof", "sample", "fuzz", "test")) + ".", ""]
    lines += ["## Laws", "", "Seconds are CPU seconds of a solver that discharges all obligations of the law alone; *no* where it "
              "does not. Mutants: how many each law's samples or proof refute.", ""]
    for header in dict.fromkeys(header_of(law["id"]) for law in proofs):
        lines += [f"### {header}", "", "| law | status | Z3 | cvc5 | obligations | samples | mutants |", "|---|---|---|---|---|---|---|"]
        notes = []
        for law in (law for law in proofs if header_of(law["id"]) == header):
            lines.append(f"| `{law['id']}` | {law['status']} | {by_solver(law, 'z3')} | {by_solver(law, 'cvc5')} | "
                         f"{law['obligations']} | {samples[law['id']]} | {killed[law['id']]} |")
            domain = "; ".join(law["domain"])
            notes.append(f"- `{law['id']}`: {law['sentence']}. Over {domain}." +
                         (f" **{law['status']}**: {law['reason']}." if law["status"] == "sampled" else ""))
        lines += ["", *notes, ""]
    lines += ["## Public functions", "", "Each function of the core's interface; how many of the edits inside it laws come by, and "
              "kill, or [mutants.txt](mutants.txt) explains. A function without any edit has nothing in its body that could be "
              "changed.", "", "| header | function | mutants | reached | killed by laws | explained |", "|---|---|---|---|---|---|"]
    for header, functions in public_functions().items():
        for function in functions:
            verdict = in_function[(header, function)]
            lines.append(f"| {header} | `{function}` | {verdict['all']} | {verdict['reached']} | {verdict['killed']} | "
                         f"{verdict['explained']} |")
    return "\n".join(lines) + "\n"


# --- checking it ---

def check():
    """What is wrong with the committed ledger, as sentences."""
    if not LEDGER.is_file():
        return [f"{LEDGER.relative_to(ROOT)} is not there; make it with: scripts/ledger"]
    content = LEDGER.read_text()
    wrong = []
    seal = SEAL.search(content)
    text = content[:seal.start() - 1] if seal else content
    if not seal:
        wrong.append("spec/LEDGER.md has lost its last line; make it anew with: scripts/ledger")
    elif hashlib.sha256(text.encode()).hexdigest() != seal[2]:
        wrong.append("spec/LEDGER.md was edited by hand; make it anew with: scripts/ledger")
    elif seal[1] != sources_digest():
        wrong.append("spec/LEDGER.md is older than the core, its laws or its engines; make it anew with: scripts/ledger")

    rows = {match[1]: match for match in re.finditer(
        r"^\| `([a-z_]+\.[a-z0-9.-]+)` \| (\w+) \| ([^|]*) \| ([^|]*) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.M)}
    listed = law_list()
    for law in sorted(set(listed) - set(rows)):
        wrong.append(f"law {law} is not in spec/LEDGER.md")
    for law in sorted(set(rows) - set(listed)):
        wrong.append(f"spec/LEDGER.md has a law that does not exist any more: {law}")
    for law, row in rows.items():
        if row[2] not in ("proved", "exhausted", "sampled"):
            wrong.append(f"law {law} is {row[2]}")
        if row[2] == "sampled" and not re.search(rf"^- `{re.escape(law)}`: .* \*\*sampled\*\*: \S", text, re.M):
            wrong.append(f"law {law} is not proved, and no reason is given")
        if row[7] == "0":
            wrong.append(f"law {law} kills no mutant: it may say nothing")

    known = {(match[1], match[2]): tuple(map(int, match.groups()[2:])) for match in re.finditer(
        r"^\| (\w+\.hpp) \| `(.+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.M)}
    for header, functions in public_functions().items():
        for function in functions:
            if (header, function) not in known:
                wrong.append(f"guestclock/{header}: public function {function} is not in the ledger")
                continue
            edits, reached, killed, explained = known[(header, function)]
            if edits == explained:
                continue
            if not reached:
                wrong.append(f"guestclock/{header}: no law's run executes {function}")
            elif not killed:
                wrong.append(f"guestclock/{header}: no law kills a mutant in {function}")
    return wrong


def main():
    parser = argparse.ArgumentParser(prog="scripts/ledger")
    parser.add_argument("--check", action="store_true", help="only say whether the committed ledger is right")
    for name in ("proofs", "samples", "fuzz", "mutants", "planted"):
        parser.add_argument(f"--{name}", metavar="F", type=pathlib.Path, help=f"the JSON of an earlier run, instead of running it")
    options = parser.parse_args()
    if options.check:
        wrong = check()
        for sentence in wrong:
            print(sentence)
        print("spec/LEDGER.md is right" if not wrong else f"{len(wrong)} things are wrong with spec/LEDGER.md")
        return 1 if wrong else 0
    copies.save(LEDGER, sealed(render(collect(options))))
    copies.progress("")
    wrong = check()
    for sentence in wrong:
        print(sentence)
    print(f"made {LEDGER.relative_to(ROOT)}" + (f"; {len(wrong)} things are wrong with it" if wrong else ""))
    return 1 if wrong else 0


if __name__ == "__main__":
    copies.run_command("ledger", main, "the ledger is as it was")
