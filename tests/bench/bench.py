#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""bench.py json BENCH ROOT: the JSON of a quick run is well formed, and has every comparison that others rely on.
bench.py wrong BENCH: a peer with one wrong result among 10 000 is not timed, but said, and the status is 1.
bench.py usage BENCH: what the command line makes of mistakes.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

# Other programs look for these.
FIXED = [
    ("pvclock.ordered", "hand.same_guarantee"),
    ("pvclock.ordered", "vdso.clock_gettime"),
    ("pvclock.ordered", "lfence_rdtsc"),
    ("civil.from_seconds", "gmtime_r"),
    ("civil.from_seconds", "std.chrono"),
    ("timegm", "libc.timegm"),
    ("rfc3339.format", "gmtime_r+strftime"),
    ("rfc3339.parse", "strptime+timegm"),
]
CONVERSIONS = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%"


def run(bench, *arguments):
    return subprocess.run([bench, *arguments], text=True, capture_output=True, check=False)


def measured(bench, *arguments):
    """What a run wrote as JSON, and the run."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "bench.json")
        done = run(bench, "--quick", "--json", str(file), *arguments)
        return json.loads(file.read_text()), done


def check_form(found):
    assert list(found) == ["comparisons"], found
    for line in found["comparisons"]:
        assert list(line) == ["ours", "peer", "ratio", "spread", "skipped"], line
        if line["skipped"] is None:
            assert 0 < line["ratio"] < 1e6 and 0 <= line["spread"] < 1e6, line
        else:
            assert isinstance(line["skipped"], str) and line["skipped"], line
            assert line["ratio"] is None and line["spread"] is None, line


def test_json(bench, root):
    found, done = measured(bench)
    assert done.returncode == 0, done.stderr
    check_form(found)
    names = [(line["ours"], line["peer"]) for line in found["comparisons"]]
    assert len(names) == len(set(names)), names
    for name in FIXED:
        assert name in names, name
        assert dict(zip(names, found["comparisons"]))[name]["skipped"] is None, name
    for conversion in CONVERSIONS:
        assert (f"strftime.%{conversion}", "libc.strftime") in names, conversion
    assert run(bench, "--list").stdout.splitlines() == [f"{ours} / {peer}" for ours, peer in names]
    assert len(done.stdout.splitlines()) == len(names) + 1  # a head line
    documented = (pathlib.Path(root) / "docs/performance.md").read_text()
    for ours, peer in FIXED:
        assert re.search(rf"`?{re.escape(ours)}`? .*{re.escape(peer)}", documented), (ours, peer)


def test_wrong(bench):
    found, done = measured(bench)
    check_form(found)
    wrong, right, absent = found["comparisons"]
    assert done.returncode == 1, done
    assert "the results differ for input 9999 of 10000" in wrong["skipped"], wrong
    assert "years / wrong: the results differ for input 9999 of 10000" in done.stderr, done.stderr
    assert right["skipped"] is None and right["ratio"] > 0, right
    assert absent["skipped"] == "it is not there", absent
    only, done = measured(bench, "--filter", "right|absent")
    assert done.returncode == 0 and len(only["comparisons"]) == 2, (only, done)


def test_usage(bench):
    assert "--json" in run(bench, "--help").stdout
    for arguments in (["--filter", "("], ["--filter", "no such comparison"], ["--nonsense"],
                      ["--quick", "--filter", "^timegm / libc", "--json", "/nowhere/at/all"]):
        done = run(bench, *arguments)
        assert done.returncode == 2 and done.stderr and not done.stdout, (arguments, done)


if __name__ == "__main__":
    {"json": test_json, "wrong": test_wrong, "usage": test_usage}[sys.argv[1]](*sys.argv[2:])
