# SPDX-License-Identifier: BSL-1.0
"""Mutants of the core: small edits, found in the compiler's view of the code, all built into one copy of the headers.

Each edit stays beside the code that it replaces, and which one is in force is chosen when a program starts, by the
environment variable GUESTCLOCK_MUTANT. While constants are evaluated none is in force, so everything still compiles:

    a + b    becomes    (active(17) ? (a - b) : (a + b))
Needs libclang's Python module.
"""

import collections
import dataclasses
import pathlib
import re

from clang import cindex

SELECTOR = """// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdio>
#include <cstdlib>
#include <type_traits>
namespace guestclock::mutants {
inline const int chosen = [] { const char* number = std::getenv("GUESTCLOCK_MUTANT"); return number ? std::atoi(number) : 0; }();
/// Where GUESTCLOCK_MUTANT_TRACE names a file: which mutants' places a run comes by.
inline const char* const trace = std::getenv("GUESTCLOCK_MUTANT_TRACE");
struct places {
  bool reached[1 << 14] = {};
  ~places() {
    std::FILE* file = trace ? std::fopen(trace, "w") : nullptr;
    for (int number = 0; file && number < (1 << 14); ++number)
      if (reached[number]) std::fprintf(file, "%d\\n", number);
    if (file) std::fclose(file);
  }
};
inline places passed;
constexpr bool active(int number) {
  if (std::is_constant_evaluated()) return false;
  if (trace) passed.reached[number] = true;
  return chosen == number;
}
}  // namespace guestclock::mutants
"""

OPERATORS = {  # what replaces it, and the edit's name
    "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*", "%"], "%": ["/"], "<<": [">>"], ">>": ["<<"],
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
    "&": ["|"], "|": ["&"], "&&": ["||"], "||": ["&&"], "+=": ["-="], "-=": ["+="],
}
KIND_OF = {**dict.fromkeys(["+", "-", "*", "/", "%", "<<", ">>", "+=", "-="], "arithmetic"),
           **dict.fromkeys(["<", "<=", ">", ">=", "==", "!="], "comparison"),
           **dict.fromkeys(["&", "|", "&&", "||"], "logic")}
CALLS = {"wrapping_add": "wrapping_sub", "wrapping_sub": "wrapping_add", "checked_add": "checked_sub",
         "checked_sub": "checked_add", "low32": "high32", "high32": "low32", "ticks_to_time": "ticks_to_time_wrapping",
         "wrapping_mul": "wrapping_add"}

K = cindex.CursorKind
BODIES = {K.FUNCTION_DECL, K.CXX_METHOD, K.FUNCTION_TEMPLATE, K.CONSTRUCTOR, K.CONVERSION_FUNCTION}
# What has to be constant, or is not evaluated, is left alone.
UNTOUCHED = {K.STATIC_ASSERT, K.CXX_UNARY_EXPR, K.TEMPLATE_REF, K.TYPE_REF, K.NAMESPACE_REF}


@dataclasses.dataclass
class Edit:
    """One mutant: what replaces the text from begin to end, and how."""
    header: str
    function: str    # with its parameters' types
    short_name: str
    line: int
    kind: str
    before: str
    after: str
    begin: int
    end: int
    form: str  # "choice": of two expressions; "skip": a statement left out; "first": a statement put before another
    replacement: str
    number: int = 0
    id: str = ""


class Finder:
    def __init__(self, path, unit, header):
        self.header = header
        self.path = path
        self.text = path.read_bytes()
        self.unit = unit
        self.edits = []
        self.constants = []  # where a local constant is declared
        self.functions = []  # the public ones, with their parameters' types

    def source(self, cursor):
        return self.text[cursor.extent.start.offset:cursor.extent.end.offset].decode()

    def here(self, cursor):
        return cursor.extent.start.file is not None and pathlib.Path(cursor.extent.start.file.name) == self.path

    def add(self, cursor, kind, before, after, replacement, form="choice"):
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        if form != "choice":
            end = self.text.index(b";", end) + 1  # a statement, which does not end before that
        squeeze = lambda text: re.sub(r"\s+", " ", text)
        self.edits.append(Edit(self.header, self.function, self.short_name, cursor.extent.start.line, kind, squeeze(before),
                               squeeze(after), begin, end, form, replacement))

    def find(self):
        self.walk_declarations(self.unit.cursor, [])
        return self.edits

    def walk_declarations(self, cursor, scope):
        for child in cursor.get_children():
            if child.kind in (K.NAMESPACE, K.LINKAGE_SPEC) or cursor.kind == K.TRANSLATION_UNIT and child.kind == K.NAMESPACE:
                self.walk_declarations(child, scope)
            elif not self.here(child):
                continue
            elif child.kind in (K.STRUCT_DECL, K.CLASS_DECL, K.CLASS_TEMPLATE, K.CLASS_TEMPLATE_PARTIAL_SPECIALIZATION):
                self.walk_declarations(child, scope + [child.spelling])
            elif child.kind in BODIES or child.kind == K.FRIEND_DECL:
                inner = child
                if child.kind == K.FRIEND_DECL:
                    inner = next(iter(child.get_children()), child)
                name = inner.spelling if inner.spelling.startswith("operator") else re.sub(r"<[^()]*>$", "", inner.spelling)
                self.short_name = "::".join(scope + [name])
                parameters = inner.displayname.removeprefix(inner.spelling)
                self.function = "::".join(scope + [name + parameters]).replace("guestclock::", "")
                for part in inner.get_children():
                    if part.kind == K.COMPOUND_STMT:
                        hidden = child.access_specifier in (cindex.AccessSpecifier.PRIVATE, cindex.AccessSpecifier.PROTECTED)
                        if not hidden and self.function not in self.functions:
                            self.functions.append(self.function)
                        self.walk_statement(part, None)

    def tokens(self, cursor):
        return [t.spelling for t in cursor.get_tokens()]

    def walk_statement(self, cursor, parent):
        """Finds the edits of a statement or expression, then of its parts."""
        if cursor.kind in UNTOUCHED:
            return
        children = list(cursor.get_children())
        if cursor.kind == K.CALL_EXPR and self.source(cursor).startswith("relies_on("):
            return  # a statement for the proofs: nothing that runs
        if cursor.kind == K.VAR_DECL and self.source(cursor).startswith("const ") and "&" not in cursor.type.spelling:
            self.constants.append(cursor.extent.start.offset)
        if cursor.kind == K.CASE_STMT:
            children = children[1:]  # its label is a constant
        text = self.source(cursor)
        is_statement = parent is not None and (parent.kind in (K.COMPOUND_STMT,) or
                                               parent.kind in (K.IF_STMT, K.FOR_STMT) and cursor.kind == K.RETURN_STMT)
        if cursor.kind == K.IF_STMT:
            if text.startswith("if constexpr"):
                for child in children[1:]:
                    self.walk_statement(child, cursor)
                return
            condition = next((c for c in children if c.kind != K.DECL_STMT), None)
            if condition is not None and condition.kind != K.VAR_DECL:
                for forced in ("true", "false"):
                    self.add(condition, "condition", f"if ({self.source(condition)})", f"if ({forced})", forced)
        elif cursor.kind == K.CONDITIONAL_OPERATOR and len(children) == 3:
            self.add(children[0], "condition", self.source(children[0]), f"!({self.source(children[0])})",
                     f"!({self.source(children[0])})")
        elif cursor.kind in (K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR) and len(children) == 2:
            self.binary(cursor, *children)
        elif cursor.kind == K.UNARY_OPERATOR and len(children) == 1 and text[:1] in "-!~" and text[:2] != "--":
            operand = self.source(children[0])
            self.add(cursor, "unary operator", text, operand, f"!!({operand})" if text[0] == "!" else operand)
        elif cursor.kind == K.INTEGER_LITERAL:
            self.constant(cursor, text)
        elif cursor.kind == K.CXX_BOOL_LITERAL_EXPR:
            other = {"true": "false", "false": "true"}.get(text)
            if other:
                self.add(cursor, "constant", text, other, other)
        elif cursor.kind == K.DECL_REF_EXPR:
            self.reference(cursor, text)
        elif cursor.kind in (K.MEMBER_REF_EXPR,):
            self.member(cursor, children, text)
        elif cursor.kind == K.CALL_EXPR:
            self.call(cursor, children, text)
        elif cursor.kind == K.LAMBDA_EXPR:
            for child in children:
                if child.kind == K.COMPOUND_STMT:
                    self.walk_statement(child, cursor)
            return
        elif cursor.kind == K.INIT_LIST_EXPR and len(children) >= 2 and parent is not None:
            self.fields(cursor, children, parent)
        elif cursor.kind == K.RETURN_STMT and children and is_statement:
            self.add(cursor, "result", text, "return {}", "return {};", "first")
        if is_statement and self.can_be_left_out(cursor, text):
            self.add(cursor, "statement", text, "(left out)", "", "skip")
        for child in children:
            if cursor.kind == K.DECL_STMT or cursor.kind == K.VAR_DECL:
                if re.match(r"(static\s+)?constexpr\b", text):
                    return
            if child.kind == K.PARM_DECL:
                continue
            if cursor.kind == K.CALL_EXPR and child == children[0] and self.source(child) == self.source(cursor):
                self.walk_statement(child, parent)
                continue
            self.walk_statement(child, cursor)

    def can_be_left_out(self, cursor, text):
        if cursor.kind == K.CALL_EXPR:
            return True
        return cursor.kind in (K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR) or cursor.kind == K.BREAK_STMT

    def binary(self, cursor, left, right):
        between = self.text[left.extent.end.offset:right.extent.start.offset].decode()
        operator = re.sub(r"//.*|[\s()]", "", between)
        if operator not in OPERATORS:
            return
        whole = self.source(cursor)
        for other in OPERATORS[operator]:
            replaced = self.source(left) + between.replace(operator, other, 1) + self.source(right)
            self.add(cursor, KIND_OF[operator], whole, replaced, replaced)
        if operator == "-":
            swapped = f"({self.source(right)}) - ({self.source(left)})"
            self.add(cursor, "operands swapped", whole, swapped, swapped)

    def constant(self, cursor, text):
        match = re.fullmatch(r"(0[xX][0-9A-Fa-f']+|[0-9']+)([uUlL]*)", text)
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        if not match or self.text[begin - 1:begin] + self.text[end:end + 1] == b"<>":  # a template's argument
            return
        value = int(match[1].replace("'", ""), 0)
        for other in (value + 1, value - 1):
            if other >= 0:
                self.add(cursor, "constant", text, f"{other}", f"{other}{match[2]}")

    def reference(self, cursor, text):
        declared = cursor.referenced
        if declared is None:
            return
        if declared.kind == K.ENUM_CONSTANT_DECL:
            siblings = [c.spelling for c in declared.semantic_parent.get_children() if c.kind == K.ENUM_CONSTANT_DECL]
            other = siblings[(siblings.index(declared.spelling) + 1) % len(siblings)]
            if other != declared.spelling and text.endswith(declared.spelling):
                replaced = text[:-len(declared.spelling)] + other
                self.add(cursor, "enumerator", text, replaced, replaced)
        elif declared.kind == K.VAR_DECL and declared.semantic_parent.kind == K.NAMESPACE:
            for change in ("+ 1", "- 1"):
                self.add(cursor, "constant", text, f"{text} {change}", f"{text} {change}")

    def member(self, cursor, children, text):
        declared = cursor.referenced
        if declared is None or declared.kind != K.FIELD_DECL or not text.endswith(declared.spelling):
            return
        fields = [c for c in declared.semantic_parent.get_children() if c.kind == K.FIELD_DECL]
        same = [f.spelling for f in fields if f.type.spelling == declared.type.spelling]
        if len(same) < 2:
            return
        other = same[(same.index(declared.spelling) + 1) % len(same)]
        replaced = text[:-len(declared.spelling)] + other
        self.add(cursor, "field", text, replaced, replaced)

    def call(self, cursor, children, text):
        name = cursor.spelling or (children[0].spelling if children else "")
        match = re.match(r"(\w+)\s*\(", text)
        if match and match[1] in CALLS and (not name or name == match[1]):
            replaced = CALLS[match[1]] + text[len(match[1]):]
            self.add(cursor, "function", text, replaced, replaced)

    def fields(self, cursor, children, parent):
        for one, other in zip(children, children[1:]):
            begin, end = cursor.extent.start.offset, cursor.extent.end.offset
            swapped = (self.text[begin:one.extent.start.offset].decode() + self.source(other) +
                       self.text[one.extent.end.offset:other.extent.start.offset].decode() + self.source(one) +
                       self.text[other.extent.end.offset:end].decode())
            if parent.kind == K.RETURN_STMT:
                self.add(parent, "field", self.source(cursor), swapped, f"return {swapped};", "first")


def parse(path, include, arguments):
    unit = cindex.Index.create().parse(str(path), ["-x", "c++", "-std=c++20", f"-I{include}", *arguments])
    errors = [d for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
    if errors:
        raise RuntimeError(f"{path} does not compile by itself: {errors[0]}")
    return unit


def find_edits(include, arguments):
    """All edits of the headers below the include folder, each header parsed as a program's only text; and of each header
    where its functions' constants are declared."""
    edits = []
    constants = {}
    for path in sorted(include.rglob("*.hpp")):
        if path.name == "guestclock.hpp":
            continue
        finder = Finder(path, parse(path, include, arguments), str(path.relative_to(include)))
        found = finder.find()
        constants[str(path.relative_to(include))] = sorted(set(finder.constants))
        seen = set()
        for edit in found:
            key = (edit.begin, edit.end, edit.form, edit.replacement)
            if key not in seen:
                seen.add(key)
                edits.append(edit)
    counts = collections.Counter()
    for number, edit in enumerate(edits, 1):
        edit.number = number
        name = f"{edit.header.split('/')[-1].removesuffix('.hpp')}/{edit.short_name}/{edit.kind}: {edit.before} -> {edit.after}"
        counts[name] += 1
        edit.id = name if counts[name] == 1 else f"{name} #{counts[name]}"
    return edits, constants


def public_functions(include, arguments):
    """header → the functions with a body that a program can call by name, as `Edit.function` has them."""
    found = {}
    for path in sorted(include.rglob("*.hpp")):
        if path.name != "guestclock.hpp":
            finder = Finder(path, parse(path, include, arguments), str(path.relative_to(include)))
            finder.find()
            if finder.functions:
                found[path.name] = finder.functions
    return found


def write_copy(text, edits, constants):
    """The header with all its edits side by side, and where each stands in it: (begin, end, edit). The local constants
    lose their `const`: the initialiser of one may count as a constant expression, in which no edit is in force."""
    text = bytearray(text)
    for offset in constants:
        text[offset:offset + len(b"const")] = b"     "
    text = bytes(text)
    placed = []
    by_span = collections.defaultdict(list)
    for edit in edits:
        by_span[(edit.begin, edit.end)].append(edit)
    spans = sorted(by_span, key=lambda span: (span[0], -span[1]))
    out = bytearray()

    def emit(begin, end, inner):
        """Copies the text from begin to end, with the edits of the spans inside it."""
        position = begin
        index = 0
        while index < len(inner):
            span = inner[index]
            nested = []
            index += 1
            while index < len(inner) and inner[index][0] >= span[0] and inner[index][1] <= span[1]:
                nested.append(inner[index])
                index += 1
            out.extend(text[position:span[0]])
            emit_span(span, nested)
            position = span[1]
        out.extend(text[position:end])

    def alternative(edit, prefix, suffix):
        out.extend(prefix.encode())
        start = len(out)
        out.extend(re.sub(r"//[^\n]*", "", edit.replacement).replace("\n", " ").encode())
        placed.append((start, len(out), edit))
        out.extend(suffix.encode())

    def emit_span(span, nested):
        here = by_span[span]
        active = lambda e: f"::guestclock::mutants::active({e.number})"
        choices = [e for e in here if e.form == "choice"]
        statements = [e for e in here if e.form != "choice"]
        if statements:
            out.extend(b"{ ")
        for edit in statements:
            if edit.form == "first":
                alternative(edit, f"if ({active(edit)}) {{ ", " } ")
        skips = [e for e in statements if e.form == "skip"]
        for edit in skips:
            out.extend(f"if (!{active(edit)}) ".encode())
            placed.append((len(out), len(out), edit))
        if choices:
            out.extend(b"(")
            for edit in choices:
                alternative(edit, f"{active(edit)} ? (", ") : ")
            out.extend(b"(")
        emit(span[0], span[1], nested)
        if choices:
            out.extend(b"))")
        if statements:
            out.extend(b" }")

    emit(0, len(text), spans)
    begin = out.index(b"#pragma once\n") + len(b"#pragma once\n")
    include = b"#include <guestclock/mutant.hpp>\n"
    out[begin:begin] = include
    for i, (start, end, edit) in enumerate(placed):
        placed[i] = (start + len(include), end + len(include), edit)
    return bytes(out), placed
