# SPDX-License-Identifier: BSL-1.0
"""Holds the list of co-simulated operations against what the words declare.

declared.py check ROOT COSIM      every operation that word.hpp, the prover's words and the laws declare is in the list
                                  that COSIM --list prints, by name and types; a line for each that is not
declared.py self_test ROOT COSIM  an operation added to a copy of those headers is missed in the list
declared.py figures ROOT COSIM    spec/SOUNDNESS.md speaks of as many operations as there are
declared.py refresh ROOT COSIM    runs COSIM, and puts its last line into spec/SOUNDNESS.md

Reads declarations, not C++: one that it does not understand is an error, too. Status 0: so it is; 1: it is not.
"""

import pathlib
import re
import subprocess
import sys

WORD = "core/include/guestclock/word.hpp"
SYMBOLIC = "spec/prove/symbolic_words.hpp"
LAW = "spec/laws/law.hpp"
FIGURES = re.compile(r"<!-- cosim -->\n    ((\d+) operations: .+)\n<!-- /cosim -->\n")
WORDS = [f"{sign}{bits}" for sign in "ui" for bits in (8, 16, 32, 64)]
PARTS = {"wide": ["u64", "u64"], "amount": ["u32"], "std::nullptr_t": [], "place": []}
FRIEND = re.compile(r"friend constexpr (?:\w+) (operator\S+?|\w+)\(([^)]*)\)\s*(requires\s*(?:computes\b|\([^)]*\)))?")
FUNCTION = re.compile(r"(?:\[\[nodiscard\]\] )?(?:constexpr|inline) [\w<>:, ]+? (\w+)\(((?:[^()]|\(\))*)\)")
VARIABLE = re.compile(r"inline constexpr Word (\w+) *=")


def without_comments(text):
    return re.sub(r"//.*", "", text)


def types_of(parameters, meaning):
    """The types of a parameter list, as the list has them."""
    found = []
    for parameter in re.split(r",(?![^<]*>)", parameters):
        parameter = parameter.split("=")[0].strip()
        if not parameter:
            continue
        named = re.fullmatch(r"(?:const )?(.+?)[ &]+\w+", parameter)
        kind = (named[1] if named else parameter).strip()
        for wrapper in ("at_place", "std::type_identity_t"):
            if kind.startswith(wrapper + "<"):
                kind = kind[len(wrapper) + 1:-1]
        kind = meaning.get(kind, kind)
        found += PARTS.get(kind, [kind]) if kind else []
    return found


def signature(name, types):
    return f"{name}({', '.join(types)})"


def declarations(text):
    """(template head, declaration) for what begins a line, comments taken away."""
    head = r"(?:template <[^\n]*?>(?: (?=\[|constexpr|inline)|\n)(?:  requires[^\n]*\n)?)?"
    for match in re.finditer(rf"^({head})(\S[^\n]*)", text, re.M):
        yield match[1], match[2]


def is_function(line):
    return "(" in line and not re.match(r"(#|namespace|using|struct|class|static_assert|extern|})", line)


def of_word_header(text):
    """Every function and variable of word.hpp: of machine words, and common to both builds."""
    for head, line in declarations(without_comments(text)):
        variable = VARIABLE.match(line)
        function = FUNCTION.match(line)
        if variable:
            yield from (f"{variable[1]}<{word}>()" for word in WORDS)
        elif is_function(line):
            if not function:
                yield f"not understood: {line}"
                continue
            if "class Word" in head:
                words = re.findall(r"same_as<Word, (\w+)>", head) or WORDS
            else:
                words = [""]
            callable_types = {name: "" for name in re.findall(r"class (\w+)", head) if name != "Word"}
            for word in words:
                yield signature(function[1], types_of(function[2], callable_types | {"Word": word, "bool": "flag"}))


def words_where(requirement):
    requirement = requirement or ""
    signs = "u" if "!Signed" in requirement else "i" if "Signed" in requirement else "ui"
    widths = (32, 64) if "computes" in requirement else (8, 16, 32, 64)
    if re.search(r"Bits|\|\||==", requirement):
        return None
    return [f"{sign}{bits}" for sign in signs for bits in widths]


def named(head, name):
    """Any operation of that name; where it is made for each word, of each."""
    yield from (f"{name}<{word}>…" for word in WORDS) if "class Word" in head else [f"{name}…"]


def of_symbolic_words(text):
    """Every operator, conversion and whole-number function of the prover's words."""
    text = re.sub(r"^namespace kernel_words \{.*?^\}  // namespace kernel_words$", "", text, flags=re.M | re.S)
    text = without_comments(text)
    for kind, body in re.findall(r"^(?:template <int Bits, bool Signed> )?class (\w+) \{(.*?)^\};", text, re.M | re.S):
        understood = 0
        for name, parameters, requirement in FRIEND.findall(body):
            understood += 1
            words = words_where(requirement) if kind == "word" else [kind]
            for word in words or []:
                yield signature(name, types_of(parameters, {"word": word}))
            if words is None:
                yield f"not understood: {name} {requirement}"
        if understood != len(re.findall(r"\bfriend\b", body)):
            yield f"not understood: a friend of {kind}"
        if "explicit operator bool" in body:
            yield signature("operator bool", [kind])
        if re.search(r"explicit word\(word<OtherBits", body):
            yield from (signature(to, [of]) for to in WORDS for of in WORDS if to != of)
        if kind == "integer" and re.search(r"integer\(word<Bits", body):
            yield from (signature("integer", [word]) for word in WORDS)
    functions = re.sub(r"^(?:template <int Bits, bool Signed> )?(?:class|struct).*?^\};", "", text, flags=re.M | re.S)
    for head, line in declarations(functions):
        if is_function(line) and not VARIABLE.match(line):
            function = re.match(r"constexpr [\w<>:, ]+? (\w+)\(", line)
            if function:
                yield from named(head, function[1])
            else:
                yield f"not understood: {line}"


def of_laws(text):
    for head, line in declarations(without_comments(text)):
        function = re.match(r"constexpr (?!void)[\w<>:]+ (\w+)\(", line)
        if function:
            yield from named(head, function[1])


def complaints(headers, listed):
    """`name…` stands for any operation of that name."""
    names = {re.split(r"[<(]", entry)[0] for entry in listed} | {entry.split("(")[0] for entry in listed}
    declared = {WORD: list(of_word_header(headers[WORD])), SYMBOLIC: list(of_symbolic_words(headers[SYMBOLIC])),
                LAW: list(of_laws(headers[LAW]))}
    for path, least in ((WORD, 45), (SYMBOLIC, 200), (LAW, 3)):
        if len(declared[path]) < least:
            yield f"{path}: only {len(declared[path])} operations are found; is it still written as it is read here?"
        for entry in dict.fromkeys(declared[path]):
            missing = entry[:-1] not in names if entry.endswith("…") else entry not in listed
            if missing:
                yield f"{path}: {entry.rstrip('…')}" + ("" if "not understood" in entry else " is not co-simulated")
    for entry, text in listed.items():
        name = entry.split("(")[0].removeprefix("operator").strip()
        if name not in text:
            yield f"tests/cosim/operations.inc: {entry} is said to be {text}"


def additions():
    """(header, a piece of its text, what stands before it or in its place): an operation that nobody co-simulates"""
    halves = "/// The low half and"
    yield WORD, halves, "[[nodiscard]] constexpr u32 swapped(u32 value) noexcept { return value; }\n" + halves
    yield WORD, halves, "[[nodiscard]] constexpr u16 as_unsigned(i16 value) noexcept { return 0; }\n" + halves
    yield WORD, halves, "inline u32 swapped(u32 value) noexcept { return value; }\n" + halves
    yield WORD, halves, "u32 swapped(u32 value) noexcept;\n" + halves
    yield WORD, halves, "template <class Word> inline constexpr Word half_of = 1;\n" + halves
    product = "/// The exact product of 64 by 64"
    yield WORD, product, "[[nodiscard]] constexpr wide full_square(u64 a) noexcept { return {0, a}; }\n" + product
    checked = "  requires std::same_as<Word, u32> ||"
    yield WORD, checked, checked + " std::same_as<Word, u16> ||"
    equality = "  friend constexpr flag operator==("
    for kind, added in (("word a", "constexpr word operator^(word a, at_place<word> b) { return a; }"),
                        ("flag a", "constexpr flag operator^(flag a, flag b) { return a; }"),
                        ("const integer", "integer gcd(const integer& a, const integer& b);")):
        yield SYMBOLIC, equality + kind, f"  friend {added}\n{equality}{kind}"
    quotient = "operator/(word a, at_place<word> b) requires"
    yield SYMBOLIC, quotient + "(computes && !Signed)", quotient + " computes"
    total = "operator+(word a, at_place<word> b)"
    yield SYMBOLIC, total + " requires computes", total
    square = "constexpr integer square(const integer& a) { return a * a; }\n"
    for path, before in ((SYMBOLIC, "/// 2^exponent; forks"), (LAW, "/// The two halves of a trace")):
        yield path, before, square + before


def figures(document, count):
    line = FIGURES.search(document.read_text(encoding="utf-8"))
    if not line or int(line[2]) != count:
        yield f"{document.name} speaks of {line[2] if line else 'no'} operations, not {count}; say declared.py refresh"


def refresh(document, cosim):
    ran = subprocess.run([cosim], text=True, stdout=subprocess.PIPE)
    last = ran.stdout.strip().splitlines()[-1:]
    text = document.read_text(encoding="utf-8")
    if ran.returncode or not last or not FIGURES.search(text):
        yield f"{cosim} ends with status {ran.returncode}; {document.name} is as it was"
        return
    document.write_text(FIGURES.sub(f"<!-- cosim -->\n    {last[0]}\n<!-- /cosim -->\n", text), encoding="utf-8")


def main():
    what, root, cosim = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    output = subprocess.run([cosim, "--list"], text=True, stdout=subprocess.PIPE, check=True).stdout
    listed = dict(line.split("\t") for line in output.splitlines())
    headers = {path: (root / path).read_text(encoding="utf-8") for path in (WORD, SYMBOLIC, LAW)}
    wrong = list(complaints(headers, listed))
    document = root / "spec/SOUNDNESS.md"
    if what == "figures":
        wrong = list(figures(document, len(output.splitlines())))
    elif what == "refresh":
        wrong = list(refresh(document, cosim))
    elif what == "self_test":
        before, wrong = set(wrong), []
        for path, old, new in additions():
            if old not in headers[path]:
                wrong.append(f"{path}: the self-test looks for {old!r}, which is not there")
            changed = headers | {path: headers[path].replace(old, new, 1)}
            if set(complaints(changed, listed)) <= before:
                wrong.append(f"{path}: nobody misses {new!r}")
        for entry in listed:
            if not set(complaints(headers, {k: v for k, v in listed.items() if k != entry})) - before:
                wrong.append(f"nobody misses {entry}, when it is taken from the list")
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
