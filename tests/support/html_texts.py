"""Does every text that reaches HTML go through `esc`, and one that is read as Markdown through `inert`? Read from the
source, without running it.

A *sink* is a call that turns its first argument into HTML (`st.html`, `folium.Element`, …) or reads it as Markdown (the
label of `st.button`, with its help and the words of its options, …). What reaches one must be safe: a constant,
`esc(…)`, a number with a format, or put together from safe parts alone; a function is safe when all it returns is.
Names are followed within their function, functions across all files.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

DIGITS = {"len", "int", "float", "round", "count", "percent", "points"}
"""`count`, `percent` and `points` give digits (portal/words.py)."""


@dataclass(frozen=True)
class Sinks:
    """Calls whose first argument is read as markup, and what makes a text safe for them.

    words : their keywords that are read so as well; a function there is judged by what it returns.
    """

    calls: tuple[str, ...]
    safe: frozenset[str]
    words: tuple[str, ...] = ()


HTML = Sinks(
    ("st.html", "html", "folium.Element", "folium.Popup", "folium.Tooltip", "folium.DivIcon", "folium.Html"),
    frozenset({*DIGITS, "esc", "read_text"}),  # what is read is a file of ours
)
MARKDOWN = Sinks(
    tuple(f"st.{name}" for name in (
        "button", "caption", "markdown", "write", "info", "warning", "error", "success", "toast", "popover", "expander",
        "checkbox", "toggle", "download_button", "link_button", "metric", "text_input", "text_area", "number_input",
        "selectbox", "multiselect", "radio", "pills", "segmented_control", "select_slider", "date_input", "tabs",
        "file_uploader", "dialog", "title", "header", "subheader", "status", "spinner",
    )),
    # Labels and names of ours: of the terms, of periods, days, indicators and levels.
    frozenset({*DIGITS, "inert", "label", "period_label", "day", "level_name", "name", "kind_name", "age_words"}),
    ("help", "captions", "label"),
)  # fmt: skip
OPTIONS = ("st.radio", "st.pills", "st.segmented_control")
"""Of these Markdown are the options too; those of a selectbox are plain text."""
NUMBER_FORMATS = ("f", "d", "e", "g", "%", ",")
DEEP = 14

Key = tuple[str, str]


@dataclass
class Source:
    """All functions by file and name, where each file has its names from, and which functions are safe so far."""

    allowed: set[str]
    sinks: Sinks
    functions: dict[Key, ast.FunctionDef] = field(default_factory=dict)
    imported: dict[str, dict[str, str]] = field(default_factory=dict)
    trees: dict[str, ast.Module] = field(default_factory=dict)
    safe: set[Key] = field(default_factory=set)

    def meant(self, file: str, name: str) -> list[Key]:
        """The functions a call in a file can mean: its own, the imported one, or those of the module before the dot."""
        module, _, own = name.rpartition(".")
        if not module:
            module = file if (file, own) in self.functions else self.imported[file].get(own, "")
        return [key for key in self.functions if key[1] == own and key[0] == module.rpartition(".")[2]]


def unsafe_texts(files: list[Path], allowed: set[str], sinks: Sinks = HTML) -> list[str]:
    """Every sink that something unescaped may reach: "file:line: what".

    allowed : "function:parameter" of parameters that are markup by contract, "Class:field" with ".field" of fields;
    those who call or make them are checked instead.
    """
    source = Source(allowed, sinks)
    for path in files:
        source.trees[path.stem] = tree = ast.parse(path.read_text(encoding="utf-8"))
        names = source.imported.setdefault(path.stem, {})
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                source.functions[path.stem, node.name] = node
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {alias.asname or alias.name: node.module.rpartition(".")[2] for alias in node.names}
    while found := {key for key in source.functions if key not in source.safe and _returns_safe(key, source)}:
        source.safe |= found
    faults = []
    for file, tree in source.trees.items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for scope in (tree, *functions):
            faults += [f"{file}:{line}: {what}" for line, what in _Judge(file, scope, source).faults()]
    return faults


def _returns_safe(key: Key, source: Source) -> bool:
    maker = source.functions[key]
    judge = _Judge(key[0], maker, source)
    results = [node.value for node in _own(maker) if isinstance(node, ast.Return) and node.value is not None]
    return bool(results) and all(judge.is_safe(result) for result in results)


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or module without those of the functions inside it."""
    for node in ast.iter_child_nodes(scope):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node
            yield from _own(node)


@dataclass
class _Judge:
    """Looks at one function, or at what stands outside of functions in one file."""

    file: str
    scope: ast.Module | ast.FunctionDef
    source: Source

    def faults(self) -> Iterator[tuple[int, str]]:
        for node in _own(self.scope):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            if name in self.source.sinks.calls:
                read = [*node.args[:1], *(w.value for w in node.keywords if w.arg in self._words(name))]
                yield from ((node.lineno, ast.unparse(part)[:100]) for part in read if not self.is_safe(part))
            for word in node.keywords:
                # A field of a class, which `Picture:side` allows to be HTML.
                is_html = name[:1].isupper() and f"{name}:{word.arg}" in self.source.allowed
                if is_html and not self.is_safe(word.value):
                    yield node.lineno, f"{name}({word.arg}={ast.unparse(word.value)[:80]})"
            for key in self.source.meant(self.file, name):
                yield from self._html_arguments(node, self.source.functions[key])

    def _words(self, call: str) -> tuple[str, ...]:
        return (*self.source.sinks.words, *(("format_func",) if call in OPTIONS else ()))

    def _html_arguments(self, call: ast.Call, maker: ast.FunctionDef) -> Iterator[tuple[int, str]]:
        """Arguments for parameters that are HTML by contract."""
        names = [argument.arg for argument in (*maker.args.posonlyargs, *maker.args.args)]
        given = list(zip(names, call.args, strict=False)) + [(word.arg or "", word.value) for word in call.keywords]
        if maker.args.vararg:
            given += [(maker.args.vararg.arg, argument) for argument in call.args[len(names) :]]
        for name, value in given:
            if f"{maker.name}:{name}" in self.source.allowed and not self.is_safe(value):
                yield call.lineno, f"{maker.name}({name}={ast.unparse(value)[:80]})"

    def is_safe(self, node: ast.expr, depth: int = 0) -> bool:
        """Whether an expression can only be HTML that was meant as such, or no HTML at all."""
        if depth > DEEP:
            return False
        match node:
            case ast.Constant() | ast.Compare():
                return True
            case ast.FormattedValue():
                return _is_number(node) or self.is_safe(node.value, depth + 1)
            case ast.IfExp():
                parts = [node.body, node.orelse]
            case ast.BinOp():
                parts = [node.left, node.right]
            case ast.JoinedStr() | ast.BoolOp() | ast.Dict():
                parts = node.values
            case ast.Tuple() | ast.List():
                parts = node.elts
            case ast.Starred() | ast.Subscript():
                parts = [node.value]
            case ast.GeneratorExp() | ast.ListComp():
                parts = [node.elt]
            case ast.DictComp():
                parts = [node.value]
            case ast.Lambda():
                parts = [node.body]
            case ast.Attribute(attr="__getitem__"):
                parts = [node.value]
            case ast.Attribute():
                return node.attr.isupper() or f".{node.attr}" in self.source.allowed
            case ast.Call():
                name = ast.unparse(node.func)
                own = name.rpartition(".")[2]
                if own in self.source.sinks.safe:
                    return True
                if own not in ("join", "t", "get"):
                    meant = self.source.meant(self.file, name)
                    return bool(meant) and all(key in self.source.safe for key in meant)
                parts = [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
            case ast.Name():
                return node.id.isupper() or node.id in self.source.sinks.safe or self._is_safe_name(node.id, depth)
            case _:
                return False
        return all(self.is_safe(part, depth + 1) for part in parts)

    def _is_safe_name(self, name: str, depth: int) -> bool:
        if isinstance(self.scope, ast.FunctionDef):
            arguments = self.scope.args
            for argument in (*arguments.args, *arguments.kwonlyargs, *filter(None, [arguments.vararg])):
                if argument.arg == name:
                    kind = ast.unparse(argument.annotation) if argument.annotation else ""
                    return kind in ("int", "float", "bool") or f"{self.scope.name}:{name}" in self.source.allowed
        values = list(self._values(name))
        if not values and isinstance(self.scope, ast.FunctionDef):
            return _Judge(self.file, self.source.trees[self.file], self.source)._is_safe_name(name, depth)
        return bool(values) and all(value is not None and self.is_safe(value, depth + 1) for value in values)

    def _values(self, name: str) -> Iterator[ast.expr | None]:
        """Everything a name is set to; None for what cannot be followed."""
        for node in _own(self.scope):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    yield from _matched(name, target, node.value)
            elif isinstance(node, ast.AugAssign | ast.AnnAssign):
                if isinstance(node.target, ast.Name) and node.target.id == name and node.value is not None:
                    yield node.value
            elif isinstance(node, ast.NamedExpr) and node.target.id == name:
                yield node.value
            elif isinstance(node, ast.For | ast.comprehension):
                yield from _matched(name, node.target, self._rows(node.iter), is_each=True)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in (f"{name}.append", f"{name}.extend"):
                yield node.args[0]

    def _rows(self, node: ast.expr) -> ast.expr:
        """What is gone through: the list itself where a name stands for one that is set once."""
        if isinstance(node, ast.Name):
            found = [
                other.value for other in _own(self.scope)
                if isinstance(other, ast.Assign) and ast.unparse(other.targets[0]) == node.id
            ]  # fmt: skip
            if len(found) == 1:
                return found[0]
        return node


def _is_number(node: ast.FormattedValue) -> bool:
    parts = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
    return bool(parts) and str(getattr(parts[-1], "value", "")).endswith(NUMBER_FORMATS)


def _matched(name: str, target: ast.expr, value: ast.expr, *, is_each: bool = False) -> Iterator[ast.expr | None]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    if isinstance(target, ast.Tuple):
        for n, part in enumerate(target.elts):
            if isinstance(part, ast.Name) and part.id == name:
                rows = value.elts if is_each and isinstance(value, ast.Tuple | ast.List) else [value]
                for row in rows:
                    yield row.elts[n] if isinstance(row, ast.Tuple | ast.List) and len(row.elts) > n else None
