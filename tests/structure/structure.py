# SPDX-License-Identifier: BSL-1.0
"""structure.py CHECK ROOT: what is wrong with the sources' structure, a line each; status 1 if there is anything.

structure.py self_test ROOT: every check finds the mistake that is made for it in a copy of the sources.
"""

import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FOLDERS = ["core", "backends", "c", "spec", "props", "fuzz", "tests", "bench", "tools", "examples", "scripts", "cmake", ".ci"]
SOURCE_SUFFIXES = {".hpp", ".cpp", ".h", ".c", ".cmake", ".py", ".sh"}
HEADERS = "core/include/guestclock"


def headers(root):
    return sorted((root / HEADERS).rglob("*.hpp"))


def lines(path):
    return list(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))


def sources(root):
    for path in [root / "CMakeLists.txt", *(path for folder in FOLDERS for path in sorted((root / folder).rglob("*")))]:
        text = path.is_file() and path.suffix not in {".pyc"} and b"\0" not in path.read_bytes()
        if text and "corpus" not in path.parts:
            yield path


def is_code(path):
    return (path.suffix in SOURCE_SUFFIXES or path.name == "CMakeLists.txt"
            or path.read_bytes().startswith(b"#!"))


def allowed_includes():
    """What each header may include: headers left of it, and the standard's; `hosted` ones more of the standard."""
    allowed, standard = {}, set()
    for _, line in lines(HERE / "include_order.txt"):
        kind, *names = line.split()
        if kind == "std":
            standard.update(names)
        elif kind == "hosted":
            allowed.setdefault(names[0], set()).update(names[1:])
        elif kind == "core":
            for place, name in enumerate(names):
                allowed.setdefault(name, set()).update(f"guestclock/{left}.hpp" for left in names[:place])
    return allowed, standard


def include_order(root):
    allowed, standard = allowed_includes()
    for path in headers(root):
        name = path.relative_to(root / HEADERS).with_suffix("").as_posix()
        if name not in allowed:
            yield f"{path}:1: {name} is not in tests/structure/include_order.txt"
            continue
        for number, line in lines(path):
            match = re.match(r"\s*#\s*include\s*(.*?)\s*(//.*)?$", line)
            if not match or (name == "word" and match[1] == "GUESTCLOCK_SYMBOLIC_WORDS"):
                continue
            if match[1] not in {f"<{each}>" for each in standard | allowed[name]}:
                yield f"{path}:{number}: {name} may not include {match[1]}"


def symbolic_words(root):
    for path in headers(root):
        for number, line in lines(path):
            if path.name != "word.hpp" and re.match(r"\s*#\s*(el)?if.*GUESTCLOCK_SYMBOLIC_WORDS", line):
                yield f"{path}:{number}: only word.hpp may tell the two builds apart"


def header_list(root):
    text = (root / "core/CMakeLists.txt").read_text(encoding="utf-8")
    listed = set(re.findall(r"\binclude/(guestclock/\S+\.hpp)", text))
    present = {path.relative_to(root / "core/include").as_posix() for path in headers(root)}
    for name in sorted(present ^ listed):
        yield f"{root}/core/CMakeLists.txt:1: {name} is {'not listed' if name in present else 'listed, but is not there'}"


def licence_lines(root):
    for path in sources(root):
        head = [line for _, line in lines(path)[:2]] if is_code(path) else None
        if head is not None and not any("SPDX-License-Identifier: BSL-1.0" in line for line in head):
            yield f"{path}:1: the line SPDX-License-Identifier: BSL-1.0 is missing"


def tabs(root):
    for path in sources(root):
        for number, line in lines(path):
            if "\t" in line:
                yield f"{path}:{number}: a tab"


CHECKS = {check.__name__: check for check in (include_order, symbolic_words, header_list, licence_lines, tabs)}


def mistakes():
    """(check, file of the core, what is written into it in place of its first match)"""
    yield include_order, "word.hpp", ("#include <bit>", "#include <vector>")
    yield include_order, "word.hpp", ("#include <bit>", "#include <guestclock/scale.hpp>")
    yield include_order, "scale.hpp", ("#pragma once", "#pragma once\n#  include \"word.hpp\"  // why not")
    yield include_order, "another.hpp", ("", "// a header that nobody listed")
    yield symbolic_words, "scale.hpp", ("#pragma once", "#pragma once\n#if defined(GUESTCLOCK_SYMBOLIC_WORDS)\n#endif")
    yield symbolic_words, "result.hpp", ("#pragma once", "#pragma once\n# ifndef GUESTCLOCK_SYMBOLIC_WORDS\n#endif")
    yield header_list, "another.hpp", ("", "// a header that nobody listed")
    yield licence_lines, "scale.hpp", ("SPDX-License-Identifier: BSL-1.0", "all rights reserved")
    yield tabs, "pvclock.hpp", ("  ", "\t")


def self_test(root):
    for check, name, (old, new) in mistakes():
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            shutil.copytree(root / "core", copy / "core")
            shutil.copy(root / "CMakeLists.txt", copy)
            if already := list(check(copy)):
                yield f"{check.__name__} finds something before the mistake is made: {already[0]}"
                continue
            file = copy / HEADERS / name
            text = file.read_text(encoding="utf-8") if file.exists() else ""
            if old not in text:
                yield f"{name}: the self-test looks for {old!r}, which is not there"
            file.write_text(text.replace(old, new, 1), encoding="utf-8")
            if not list(check(copy)):
                yield f"{check.__name__} does not see {new!r} in {name}"


def main():
    name, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    complaints = list((CHECKS | {"self_test": self_test})[name](root))
    for complaint in complaints:
        print(complaint.replace(f"{root}/", ""))
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
