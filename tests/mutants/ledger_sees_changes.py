# SPDX-License-Identifier: BSL-1.0
"""The ledger's check is red, and says why, when a law is deleted or added, a public function is added without one, the
file is edited by hand, or the sources have moved on."""

import pathlib
import shutil
import sys
import tempfile

import library
from library import ROOT

import ledger


def expect(sentence, what):
    wrong = ledger.check()
    if not any(sentence in text for text in wrong):
        sys.exit(f"{what}: no '{sentence}' in {wrong}")
    print(f"{what}: {next(text for text in wrong if sentence in text)}")


if ledger.check():
    sys.exit(f"the committed ledger is wrong to begin with: {ledger.check()}")
laws = ledger.law_list()
some_law = sorted(laws)[len(laws) // 2]

kept = ledger.law_list
ledger.law_list = lambda: {law: text for law, text in laws.items() if law != some_law}
expect(f"does not exist any more: {some_law}", "a law is deleted")
ledger.law_list = lambda: {**laws, "scale.new.law": "a new one"}
expect("law scale.new.law is not in", "a law is added")
ledger.law_list = kept

with tempfile.TemporaryDirectory() as folder:
    include = pathlib.Path(folder) / "include"
    shutil.copytree(ROOT / "core" / "include", include)
    header = include / "guestclock" / "scale.hpp"
    header.write_text(header.read_text().replace(
        "/// ticks · 2^shift, rounded down",
        "[[nodiscard]] constexpr u64 twice(u64 ticks) noexcept { return ticks + ticks; }\n/// ticks · 2^shift, rounded down", 1))
    ledger.INCLUDE = include
    expect("public function twice(u64) is not in the ledger", "a public function is added")
    ledger.INCLUDE = ROOT / "core" / "include"

    copy = pathlib.Path(folder) / "LEDGER.md"
    text = ledger.LEDGER.read_text()
    ledger.LEDGER = copy
    row = next(line for line in text.splitlines() if line.startswith(f"| `{some_law}` |"))
    copy.write_text(text.replace(row, row.replace("| proved |", "| proved  |").replace(" | 1", " | 2", 1) + " "))
    expect("was edited by hand", "the file is edited")
    copy.write_text(text.rsplit("<!-- sources", 1)[0])
    expect("has lost its last line", "the last line is taken away")
    digest = ledger.sources_digest
    ledger.sources_digest = lambda: "0" * 64
    copy.write_text(text)
    expect("is older than", "the sources are others")
    ledger.sources_digest = digest

    body = text[:ledger.SEAL.search(text).start() - 1]
    cells = row.split(" | ")
    for broken, sentence in (([cells[0], "unknown", *cells[2:]], f"law {some_law} is unknown"),
                             ([*cells[:-1], "0 |"], f"law {some_law} kills no mutant")):
        copy.write_text(ledger.sealed(body.replace(row, " | ".join(broken))))
        expect(sentence, "a row is bad")
