# SPDX-License-Identifier: BSL-1.0
"""scripts/mutants: which engine notices which small edit of the core."""

import argparse
import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time

import copies
import mutate
from copies import ROOT, Environment

TREE = ROOT / "build" / "mutants"
KNOWN = ROOT / "build" / "mutants-known"  # beside the copy, in which nothing stays that is not of the repository
RESULTS = KNOWN / "results.jsonl"
EXPLAINED = ROOT / "spec" / "mutants.txt"
INCLUDE = pathlib.Path("core/include")
# What a mutant has to compile in: machine words, symbolic words, the unit tests, the fuzz targets.
UNITS = ["spec/prove/native_laws.cpp", "spec/prove/symbolic_laws.cpp", "props/main.cpp",
         *(f"fuzz/{name}.cpp" for name in ("pvclock_page", "reference_tsc_page", "vmclock_page", "publish_read", "host_model",
                                           "region", "format", "parse"))]
TESTS = ["core", "spec"]
QUICK_RUNS, LONG_RUNS = 300, 10_000
SAMPLE_SECONDS, PROOF_SECONDS, TEST_SECONDS = 60, 90, 60
BASELINE_SECONDS, SLOW_LAW_SECONDS = 600, 5


def explained():
    """The mutants that are the same as the code, or nearly: id → reason. An id, then its reason indented."""
    reasons = {}
    name = None
    if not EXPLAINED.is_file():
        return reasons
    for number, line in enumerate(EXPLAINED.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            name = line.strip()
            reasons[name] = ""
        elif name is None:
            raise Environment(f"{EXPLAINED}:{number}: a reason without a mutant before it")
        else:
            reasons[name] = f"{reasons[name]} {line.strip()}".strip()
    for name, reason in reasons.items():
        if not reason:
            raise Environment(f"{EXPLAINED}: no reason is given for {name}")
    return reasons


# --- building ---

def compiler_arguments():
    """What libclang has to be told of the compiler it comes with."""
    return ["-resource-dir", copies.run_or_fail(["clang++", "-print-resource-dir"]).strip()]


def copied_headers(edits, constants):
    """The copies of the headers, with these edits side by side, and where each stands: file → [(begin, end, edit)]."""
    contents = {INCLUDE / "guestclock/mutant.hpp": mutate.SELECTOR.encode()}
    places = {}
    by_header = collections.defaultdict(list)
    for edit in edits:
        by_header[edit.header].append(edit)
    for header, of_header in by_header.items():
        content, placed = mutate.write_copy((ROOT / INCLUDE / header).read_bytes(), of_header, constants[header])
        contents[INCLUDE / header] = content
        places[header] = (content, placed)
    return contents, places


def compile_commands(build):
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        name = str(pathlib.Path(entry["file"]).resolve().relative_to(TREE.resolve()))
        is_test = name.startswith("tests/core/") or name.startswith("tests/spec/")
        if name in UNITS or is_test:
            commands.setdefault(name, re.sub(r" -o \S+ -c ", " -fsyntax-only -ferror-limit=0 -ftemplate-backtrace-limit=0 -c ", entry["command"]))
    return commands


def rejected(commands, places):
    """The edits that the compiler points at."""
    at_fault = set()
    unexplained = []

    def compile_one(command):
        return subprocess.run(command, shell=True, capture_output=True, text=True, errors="replace").stderr

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for text in pool.map(compile_one, commands.values()):
            found = False
            for path, line, column, kind in re.findall(r"^(\S+?):(\d+):(\d+): (error|fatal error|note)", text, re.M):
                header = "guestclock/" + path.split("/guestclock/")[-1]
                if header not in places or kind == "note" and found:
                    continue
                content, placed = places[header]
                offset = sum(len(l) for l in content.splitlines(keepends=True)[:int(line) - 1]) + int(column) - 1
                inside = [(end - begin, edit.number) for begin, end, edit in placed if begin <= offset <= end]
                after = [(begin - offset, edit.number) for begin, end, edit in placed if 0 < begin - offset < 120]
                for _, number in ([min(inside)] if inside else [min(after)] if after else []):
                    at_fault.add(number)
                    found = True
            if "error:" in text and not found:
                unexplained.append(text)
    return at_fault, unexplained


def build_all():
    """Builds all mutants that compile into one copy; returns those, and those that do not."""
    edits, constants = mutate.find_edits(ROOT / INCLUDE, compiler_arguments())
    known = KNOWN / "rejected.json"
    digest = digest_of([ROOT / name for name in (INCLUDE, "spec/laws", "spec/prove", "props", "tests/core", "tests/spec", "scripts/lib")])
    bad, is_known = set(), False
    if known.is_file():
        noted = json.loads(known.read_text())
        if noted["digest"] == digest:
            bad, is_known = set(noted["ids"]), True
    build = None
    for attempt in range(40):
        living = [edit for edit in edits if edit.id not in bad]
        contents, places = copied_headers(living, constants)
        copies.copy_repository(TREE, contents)
        if build is None:
            build = copies.configure(TREE)
        if is_known:
            break
        copies.progress(f"trying which of {len(edits)} edits compile: {len(bad)} do not")
        numbers, unexplained = rejected(compile_commands(build), places)
        if not numbers:
            if unexplained:
                raise Environment("the copy with all mutants does not compile, and no mutant is to blame:\n" +
                                  unexplained[0][:3000])
            break
        bad |= {edit.id for edit in living if edit.number in numbers}
    else:
        raise Environment("the mutants still do not compile after 40 attempts")
    copies.save(known, json.dumps({"digest": digest, "ids": sorted(bad)}))
    copies.progress("building the engines over all mutants")
    copies.run_or_fail(["cmake", "--build", build, "--target", "guestclock_prove", "guestclock_props", *test_targets(build)])
    return living, [edit for edit in edits if edit.id in bad], build


def test_targets(build):
    listed = copies.run_or_fail(["ninja", "-C", build, "-t", "targets", "all"])
    return sorted({match for match in re.findall(r"^(?:tests/(?:core|spec)/)?((?:core|spec)\w*_test): phony", listed, re.M)})


def digest_of(folders):
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


# --- judging ---

class Judge:
    def __init__(self, build, edits, spared, proof_seconds):
        self.build = build
        self.proof_seconds = proof_seconds
        self.spared = spared  # the ids of mutants that only a short run of the sampler looks at
        self.props = build / "props" / "guestclock_props"
        self.prover = build / "spec" / "prove" / "guestclock_prove"
        self.tests = sorted(path for name in TESTS for path in (build / "tests" / name).glob("*_test") if path.is_file())
        self.laws = [line.split()[0] for line in copies.run_or_fail([self.props, "--list"]).splitlines()]
        self.reaching = collections.defaultdict(list)  # a mutant's number → the laws whose runs come by its place
        self.entering = collections.defaultdict(list)  # (header, function) → the laws whose runs enter it
        self.seconds = {}  # of a law's runs
        by_number = {edit.number: edit for edit in edits}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for law, numbers in zip(self.laws, pool.map(self.reached_by, self.laws)):
                for number in numbers:
                    self.reaching[number].append(law)
                for function in {(by_number[n].header, by_number[n].function) for n in numbers}:
                    self.entering[function].append(law)

    def reached_by(self, law):
        trace = TREE / f"trace-{law}"
        start = time.monotonic()
        ran = copies.run([self.props, "--runs", LONG_RUNS, "--seed", 1, "--law", law], SAMPLE_SECONDS,
                         {"GUESTCLOCK_MUTANT_TRACE": str(trace)})
        if ran.status != 0 or not trace.is_file():
            raise Environment(f"law {law} does not hold without a mutant:\n{ran.output[-2000:]}")
        self.seconds[law] = time.monotonic() - start
        numbers = [int(line) for line in trace.read_text().split()]
        trace.unlink()
        return numbers

    def proved_laws(self, edit):
        """Those of the header's own laws that enter the function; where there are none, all that do."""
        entering = self.entering[(edit.header, edit.function)]
        return [law for law in entering if self.is_own(edit, law)] or entering

    def sampled_laws(self, edit):
        """The laws that enter the function; but a slow one only where it is of the header's own."""
        return [law for law in self.entering[(edit.header, edit.function)]
                if self.seconds[law] <= SLOW_LAW_SECONDS or self.is_own(edit, law)]

    @staticmethod
    def is_own(edit, law):
        return law.startswith(edit.header.split("/")[-1].removesuffix(".hpp") + ".")

    def limit(self, laws):
        """Seconds that are more than enough for a short run: by then a mutant does not end."""
        return max(20, 4 * sum(self.seconds[law] for law in laws))

    def sample(self, number, runs, laws=()):
        """The laws that a run of the sampler refutes, and the seconds; None instead of laws if it does not end well."""
        report = TREE / f"sample-{number}.json"
        report.unlink(missing_ok=True)
        start = time.monotonic()
        chosen = [argument for law in laws for argument in ("--law", law)]
        ran = copies.run([self.props, "--runs", runs, "--seed", 1, "--no-shrink", "--json", report, *chosen],
                         self.limit(laws), {"GUESTCLOCK_MUTANT": str(number)})
        seconds = time.monotonic() - start
        failed = [] if ran.status == 0 else None
        if ran.status == 1 and report.is_file():
            failed = sorted({law["id"] for law in json.loads(report.read_text())["laws"] if law["status"] != "held"})
        report.unlink(missing_ok=True)
        return failed, seconds, ran

    def prove(self, number, laws):
        """The laws that are not proved any more."""
        report = TREE / f"proof-{number}.json"
        report.unlink(missing_ok=True)
        start = time.monotonic()
        chosen = [argument for law in laws for argument in ("--law", law)]
        ran = copies.run([self.prover, "--quick", "--jobs", 1 if number else os.cpu_count(), "--json", report, *chosen], self.proof_seconds if number else BASELINE_SECONDS,
                         {"GUESTCLOCK_MUTANT": str(number)})
        seconds = time.monotonic() - start
        failed = None
        if ran.status in (0, 1) and report.is_file():
            told = json.loads(report.read_text())["laws"]
            failed = sorted({law["id"] for law in told if law["status"] in ("refuted", "unknown")})
        report.unlink(missing_ok=True)
        return failed, seconds, ran

    def test(self, number):
        start = time.monotonic()
        for binary in self.tests:
            if copies.run([binary, "--gtest_brief=1"], TEST_SECONDS, {"GUESTCLOCK_MUTANT": str(number)}).status != 0:
                return time.monotonic() - start
        return None

    def baseline(self):
        """Without a mutant everything has to hold: else nothing below would mean anything."""
        failed, _, ran = self.prove(0, self.laws)
        if failed != []:
            raise Environment(f"the laws are not proved without a mutant: {failed}\n{ran.output[-2000:]}")
        if self.test(0) is not None:
            raise Environment("the tests fail without a mutant")

    def judge(self, edit):
        killed = {"proof": None, "sample": None, "fuzz": None, "test": None}
        laws = []
        reaching = self.reaching[edit.number]
        entering = self.sampled_laws(edit)
        if entering:
            failed, seconds, _ = self.sample(edit.number, QUICK_RUNS, entering)
            spared = failed == [] and edit.id in self.spared
            if failed == [] and not spared:
                failed, more, _ = self.sample(edit.number, LONG_RUNS, self.proved_laws(edit))
                seconds += more
            if failed is None:  # it crashed, or did not end: whose law was that?
                failed = next(([law] for law in entering if self.sample(edit.number, QUICK_RUNS, [law])[0] != []), [])
            if failed:
                killed["sample"], laws = seconds, failed
            elif not spared:
                failed, seconds, _ = self.prove(edit.number, self.proved_laws(edit))
                if failed:  # a prover that fails, or does not end, has shown nothing
                    killed["proof"], laws = seconds, failed
        if killed["sample"] is None and killed["proof"] is None and edit.id not in self.spared:
            killed["test"] = self.test(edit.number)
        return {"id": edit.id, "where": f"{edit.header}:{edit.line}", "kind": edit.kind, "function": edit.function,
                "change": f"{edit.before} -> {edit.after}", "laws": laws, "reached_by": len(reaching), "spared": edit.id in self.spared,
                "killed_by": {engine: value if value is None else round(value, 3) for engine, value in killed.items()}}


# --- reporting ---

def verdict_of(result, reasons):
    killed = result["killed_by"]
    if killed["sample"] is not None:
        return "sample"
    if killed["proof"] is not None:
        return "proof"
    return "explained" if result["id"] in reasons else "survived"


def print_table(title, results, key, reasons):
    rows = collections.defaultdict(collections.Counter)
    for result in results:
        verdict = verdict_of(result, reasons)
        rows[key(result)][verdict] += 1
        if verdict in ("survived", "explained") and result["killed_by"]["test"] is not None:
            rows[key(result)]["test only"] += 1
    print(f"{title:<28}{'mutants':>8}{'sample':>8}{'proof':>8}{'killed':>8}{'explained':>11}{'survived':>10}{'(test)':>8}")
    total = collections.Counter()
    for name in sorted(rows):
        total += rows[name]
    for name, row in [*sorted(rows.items()), ("all", total)]:
        count = row["sample"] + row["proof"] + row["explained"] + row["survived"]
        killed = row["sample"] + row["proof"]
        print(f"{name:<28}{count:>8}{row['sample']:>8}{row['proof']:>8}{100 * killed / max(1, count):>7.1f}%"
              f"{row['explained']:>11}{row['survived']:>10}{row['test only']:>8}")
    print()


def read_results(digest, spared):
    """What an earlier run that was ended found out about the same sources."""
    found = {}
    if not RESULTS.is_file():
        return found
    for line in RESULTS.read_text().splitlines():
        try:
            result = json.loads(line)
        except ValueError:
            continue  # the line at which the run was ended
        if result.get("digest") == digest and (not result["spared"] or result["id"] in spared):
            found[result["id"]] = result
    return found


def main():
    parser = argparse.ArgumentParser(prog="scripts/mutants", description="Breaks the core in small ways, and says which "
                                     "engine notices. What is known already is not done again.")
    parser.add_argument("--header", metavar="H", help="only the mutants of guestclock/H.hpp")
    parser.add_argument("--sample", metavar="N", type=int, help="only N mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=None, help="of the draw; a new one each time, which is printed")
    parser.add_argument("--only", metavar="TEXT", help="only mutants whose id contains the text")
    parser.add_argument("--json", metavar="F", type=pathlib.Path)
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    parser.add_argument("--explained", action="store_true",
                        help="judge those that spec/mutants.txt explains as the others, not by a short run of the sampler alone")
    parser.add_argument("--minutes", metavar="M", type=float,
                        help="judge none after so many; those that are left, a random part, are counted and go on the next time")
    parser.add_argument("--proof-seconds", metavar="S", type=int, default=PROOF_SECONDS, help="what the proofs of one get")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()

    started = time.monotonic()
    reasons = explained()
    if options.list:
        for edit in mutate.find_edits(ROOT / INCLUDE, compiler_arguments())[0]:
            print(f"{edit.header}:{edit.line}  {edit.id}")
        return 0
    for folder in (TREE, KNOWN):
        folder.mkdir(parents=True, exist_ok=True)
    edits, uncompiled, build = build_all()
    spared = set() if options.explained else set(reasons)
    digest = digest_of([ROOT / INCLUDE, ROOT / "spec/laws", ROOT / "spec/prove", ROOT / "props", ROOT / "tests/core",
                        ROOT / "tests/spec"])

    chosen = edits
    if options.header:
        name = options.header.split("/")[-1].removesuffix(".hpp")
        chosen = [edit for edit in chosen if edit.header.endswith(f"/{name}.hpp")]
        if not chosen:
            raise Environment(f"there is no header guestclock/{name}.hpp with anything to break")
    if options.only:
        chosen = [edit for edit in chosen if options.only in edit.id]
        if not chosen:
            raise Environment(f"no mutant's id contains {options.only}; --list shows all")
    if options.sample:
        seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
        print(f"{options.sample} of {len(chosen)} mutants, seed {seed}")
        chosen = random.Random(seed).sample(chosen, min(options.sample, len(chosen)))

    known = read_results(digest, spared)
    left = [edit for edit in chosen if edit.id not in known]
    # The longest first would be best; survivors are, and nobody knows them. Mixed, both processors have work to the end.
    random.Random(7).shuffle(left)
    done = len(chosen) - len(left)
    judge = None
    if left and options.minutes != 0:
        judge = Judge(build, edits, spared, options.proof_seconds)
        holds = KNOWN / "holds"  # the sources over which everything did without a mutant
        if not (holds.is_file() and holds.read_text() == digest):
            copies.progress("running everything without a mutant")
            judge.baseline()
            copies.save(holds, digest)

    def judged(edit):
        in_time = judge and (options.minutes is None or time.monotonic() - started < 60 * options.minutes)
        return judge.judge(edit) if in_time else None

    pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
    try:
        with open(RESULTS, "a" if known else "w") as log:
            for future in concurrent.futures.as_completed([pool.submit(judged, edit) for edit in left]):
                if future.result() is None:
                    continue
                result = {**future.result(), "digest": digest}
                known[result["id"]] = result
                log.write(json.dumps(result) + "\n")
                log.flush()
                done += 1
                copies.progress(f"{done}/{len(chosen)} {verdict_of(result, reasons)} {result['id']}")
    except OSError as error:
        raise Environment(f"{RESULTS}: {error.strerror}; what is known so far is kept") from error
    finally:
        pool.shutdown(cancel_futures=True)
    copies.progress("")

    results = [known[edit.id] for edit in chosen if edit.id in known]
    left = len(chosen) - len(results)
    survivors = [result for result in results if verdict_of(result, reasons) == "survived"]
    print_table("header", results, lambda r: r["where"].split("/")[-1].split(":")[0], reasons)
    print_table("edit", results, lambda r: r["kind"], reasons)
    for result in survivors:
        test = "; a test notices" if result["killed_by"]["test"] is not None else ""
        print(f"survived  {result['where']}  {result['id']}{test}")
    everything = {edit.id for edit in edits}
    stale = sorted(set(reasons) - everything)
    for name in stale:
        print(f"{EXPLAINED.relative_to(ROOT)} explains what is not a mutant any more: {name}")
    noticed = [name for name in reasons if name in known and known[name]["killed_by"]["sample" if
               known[name]["killed_by"]["sample"] is not None else "proof"] is not None]
    for name in noticed:
        print(f"{EXPLAINED.relative_to(ROOT)} explains what an engine notices: {name}")
    if options.json:
        copies.save(options.json, json.dumps({"mutants": [
            {key: result[key] for key in ("id", "where", "kind", "function", "change", "reached_by", "laws", "killed_by")} |
            {"equivalent": reasons.get(result["id"])} for result in results],
            "uncompiled": len(uncompiled), "left": left, "seconds": round(time.monotonic() - started, 1), "digest": digest}, indent=1) + "\n")
    killed = sum(verdict_of(result, reasons) in ("sample", "proof") for result in results)
    print(f"{len(results)} mutants: {killed} killed by samples or proofs ({100 * killed / max(1, len(results)):.1f} %), "
          f"{len(results) - killed - len(survivors)} explained, {len(survivors)} survived; "
          f"{len(uncompiled)} more do not compile; {left} were not judged; {time.monotonic() - started:.0f} s")
    return 1 if survivors or stale or noticed else 0


if __name__ == "__main__":
    copies.run_command("mutants", main, "what is known is kept, and the next run goes on from there")
