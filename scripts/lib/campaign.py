# SPDX-License-Identifier: BSL-1.0
"""The campaign of scripts/fuzz: runs libFuzzer targets side by side, tells findings apart, keeps the corpus small."""

import argparse
import collections
import json
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "fuzz"
YARDSTICK = "fuzz_empty"  # a harness that does nothing: only for comparing speeds
MINIMISE_SECONDS = 10

interrupted = threading.Event()


def fail(message):
    print(f"fuzz: {message}", file=sys.stderr)
    sys.exit(2)


class Run:
    """One libFuzzer process. It has a session of its own, so that a terminal's Ctrl-C reaches only the campaign."""

    STATUS = re.compile(r"^#(\d+)\s+\w+\s+cov: (\d+)")
    EXECUTED = re.compile(r"^stat::number_of_executed_units:\s*(\d+)")
    ARTIFACT = re.compile(r"Test unit written to (.+)$")

    def __init__(self, binary, *arguments):
        self.executions = self.coverage = 0
        self.artifact = None
        self.lines = collections.deque(maxlen=2000)
        options = "dedup_token_length=3:" + os.environ.get("ASAN_OPTIONS", "")
        self.process = subprocess.Popen([binary, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT,
                                        text=True, errors="replace", start_new_session=True,
                                        env=os.environ | {"ASAN_OPTIONS": options})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            line = line.rstrip("\n")
            self.lines.append(line)
            if match := self.STATUS.search(line):
                self.executions, self.coverage = int(match[1]), max(self.coverage, int(match[2]))
            elif match := self.EXECUTED.search(line):
                self.executions = int(match[1])
            elif match := self.ARTIFACT.search(line):
                self.artifact = ROOT / match[1]

    def wait(self):
        """Until it ends, or the campaign is interrupted: then it is asked to end, and soon made to. Gives its status."""
        while not interrupted.is_set():
            try:
                self.process.wait(0.2)
                break
            except subprocess.TimeoutExpired:
                pass
        else:
            self.stop()
        self.reader.join(5)
        return self.process.returncode

    def stop(self):
        for number in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(5)
                return
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


class Finding:
    """What one kind of crash is known by. Two crashes are the same finding if their keys are."""

    LAW = re.compile(r"^refuted\s+(\S+)")
    UNDEFINED = re.compile(r"^(\S+): runtime error: (.*)$")
    SUMMARY = re.compile(r"^SUMMARY: \w+: (.*)$")
    FRAME = re.compile(r"^\s*#\d+ 0x[0-9a-f]+ in (.+?) (/\S+)$")

    def __init__(self, run):
        self.input, self.times = run.artifact, 1
        text = list(run.lines)
        self.stack = []
        for line in text:
            match = self.FRAME.match(line)
            if match and match[2].startswith(f"{ROOT}/"):
                self.stack.append(f"{match[1]} {match[2].removeprefix(f'{ROOT}/')}")
        law, undefined, summary = (next(filter(None, map(pattern.match, text)), None)
                                   for pattern in (self.LAW, self.UNDEFINED, self.SUMMARY))
        if law:
            self.kind, self.message, self.key = "law", law.string, law[1]
        elif undefined:
            self.kind, self.message = "undefined behaviour", undefined[0].removeprefix(f"{ROOT}/")
            self.key = (undefined[1], re.sub(r"-?\d+", "N", undefined[2]))
        else:
            self.message = summary[1].replace(f"{ROOT}/", "") if summary else f"status {run.process.returncode}"
            self.kind = self.message.split(" ")[0] if summary else "crash"
            functions = tuple(frame.rsplit(" ", 1)[0] for frame in self.stack[:3])
            self.key = (self.kind, functions or self.message)

    def report(self, target):
        path = self.input.relative_to(ROOT)
        return {"kind": self.kind, "message": self.message, "stack": self.stack[:8], "times": self.times,
                "input": str(path), "bytes": self.input.stat().st_size,
                "replay": f"{target.binary.relative_to(ROOT)} {path}"}


class Target:
    def __init__(self, binary):
        self.binary, self.name = binary, binary.name
        self.corpus, self.artifacts = BUILD / "corpus" / self.name, BUILD / "findings" / self.name
        seeds = ROOT / "fuzz" / "corpus" / self.name
        self.seeds = [seeds] if seeds.is_dir() else []
        self.findings = {}
        self.executions = self.coverage = self.seconds = 0
        self.running = []
        self.broken = None
        self.lock = threading.Lock()
        for folder in (self.corpus, self.artifacts):
            folder.mkdir(parents=True, exist_ok=True)

    def corpus_size(self):
        return sum(1 for _ in self.corpus.iterdir())

    def work(self, end):
        """One worker: after each crash it begins anew, until the time is over."""
        while (left := math.ceil(end - time.monotonic())) > 0 and not interrupted.is_set():
            run = Run(self.binary, f"-max_total_time={left}", "-print_final_stats=1", "-reload=1", "-timeout=10",
                      f"-artifact_prefix={self.artifacts}/", self.corpus, *self.seeds)
            with self.lock:
                self.running.append(run)
            status = run.wait()
            with self.lock:
                self.running.remove(run)
                self.executions += run.executions
                self.coverage = max(self.coverage, run.coverage)
                if run.artifact and run.artifact.exists():
                    self.add(Finding(run))
                elif status != 0 and not interrupted.is_set():
                    self.broken = next((line for line in reversed(run.lines) if line.strip()), f"status {status}")
                    return

    def add(self, finding):
        known = self.findings.setdefault(finding.key, finding)
        if known is not finding:
            known.times += 1
            if finding.input != known.input:
                finding.input.unlink()

    def fuzz(self, seconds, jobs):
        start = time.monotonic()
        workers = [threading.Thread(target=self.work, args=(start + seconds,)) for _ in range(jobs)]
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            self.show(time.monotonic() - start, seconds)
            workers[0].join(0.5) if workers[0].is_alive() else time.sleep(0.2)
        self.seconds = round(time.monotonic() - start)
        self.show(None, seconds)

    def show(self, passed, seconds):
        if not sys.stderr.isatty():
            return
        line = ""
        if passed is not None:
            with self.lock:
                executions = self.executions + sum(run.executions for run in self.running)
                coverage = max([self.coverage, *(run.coverage for run in self.running)])
            line = (f"{self.name}  {passed:.0f} of {seconds:.0f} s  {executions} executions  coverage {coverage}  "
                    f"corpus {self.corpus_size()}  findings {len(self.findings)}")
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    def minimise(self):
        for finding in self.findings.values():
            if interrupted.is_set():
                return
            smaller = finding.input.with_name(f"smaller-{finding.input.name}")
            Run(self.binary, "-minimize_crash=1", f"-max_total_time={MINIMISE_SECONDS}",
                f"-exact_artifact_path={smaller}", finding.input).wait()
            if not smaller.exists():
                continue
            again = Run(self.binary, smaller)
            if again.wait() and Finding(again).key == finding.key:  # not a smaller, but another, crash
                smaller.replace(finding.input)
            smaller.unlink(missing_ok=True)

    def merge(self):
        """Keeps of the corpus what is needed for its coverage. If that is interrupted, the corpus stays as it is."""
        merged = self.corpus.with_suffix(".merged")
        shutil.rmtree(merged, ignore_errors=True)
        merged.mkdir()
        run = Run(self.binary, "-merge=1", merged, self.corpus, *self.seeds)
        if run.wait() == 0 and not interrupted.is_set():
            shutil.rmtree(self.corpus)
            merged.rename(self.corpus)
            for line in run.lines:
                if match := re.search(r"MERGE-OUTER: .* (\d+) new coverage edges", line):
                    self.coverage = int(match[1])
        shutil.rmtree(merged, ignore_errors=True)

    def report(self):
        return {"name": self.name, "executions": self.executions, "seconds": self.seconds, "coverage": self.coverage,
                "corpus": self.corpus_size(), "findings": [each.report(self) for each in self.findings.values()]}


def chosen_targets(names):
    binaries = {path.name: path for path in sorted(BUILD.rglob("fuzz_*"))
                if path.is_file() and os.access(path, os.X_OK)}
    for name in names:
        if name not in binaries:
            fail(f"target {name} does not exist; there are {', '.join(binaries)}")
    chosen = [Target(binaries[name]) for name in dict.fromkeys(names) or binaries if names or name != YARDSTICK]
    return chosen or fail(f"there is no target in {BUILD}")


def positive(kind):
    def parse(text):
        value = kind(text)
        if not 0 < value < math.inf:
            raise ValueError
        return value

    parse.__name__ = "number above 0"
    return parse


def main():
    parser = argparse.ArgumentParser(prog="scripts/fuzz")
    parser.add_argument("--minutes", type=positive(float), default=1.0)
    parser.add_argument("--jobs", type=positive(int), default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", metavar="F")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    if options.json and not os.access(pathlib.Path(options.json).absolute().parent, os.W_OK):
        fail(f"{options.json} cannot be written")  # said before the campaign, not after
    targets = chosen_targets(options.targets)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())

    reports = []
    for target in targets:
        if not interrupted.is_set():
            target.fuzz(options.minutes * 60 / len(targets), options.jobs)
        if target.broken:
            fail(f"{target.name} does not run: {target.broken}")
        if not interrupted.is_set():
            target.minimise()
        if not interrupted.is_set():
            target.merge()
        report = target.report()
        reports.append(report)
        print("{name}  {executions} executions in {seconds} s  coverage {coverage}  corpus {corpus}".format(**report),
              f" findings {len(report['findings'])}", flush=True)
        for finding in report["findings"]:
            print(f"  {finding['message']}\n  replay   {finding['replay']}", flush=True)

    if options.json:
        try:
            pathlib.Path(options.json).write_text(json.dumps({"targets": reports}, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            fail(f"{options.json} cannot be written: {error.strerror}")
    total = sum(len(report["findings"]) for report in reports)
    print(f"{len(reports)} targets, {sum(report['executions'] for report in reports)} executions, {total} findings"
          + (", interrupted" if interrupted.is_set() else ""))
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
