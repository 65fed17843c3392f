"""Who may import whom (DESIGN.md §3), read from the source without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OURS = ("app", "benchmarks", "data", "deploy", "etl", "geo", "pages", "portal", "reports", "tests")

# folder (or file) → what it may import of ours beside itself; "data.terms" means that module alone.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "geo": (),
    "data": (),
    "etl": ("geo", "data"),
    "portal": ("geo", "data"),
    "reports": ("geo", "data.terms"),
    "pages": ("portal", "reports", "data.terms"),
    "app": ("portal",),
    "deploy": (),
    "benchmarks": ("app", "data", "etl", "geo", "pages", "portal", "reports"),
}
# Closer rules for single modules: these import nothing of ours at all.
ALONE = ("data.terms", "data.settings", "geo.errors", "data.errors")
# The doors to the store (DESIGN.md §7): these modules of the portal, and no others, read and write it. In the second
# line is what `reads` is split into: each applies the viewer's areas and detail itself, or is asked by one that does.
DOORS = (
    "portal.reads", "portal.actions", "portal.snapshot", "portal.accounts", "portal.health",
    "portal.case_doubts", "portal.cases", "portal.changes", "portal.completeness", "portal.disputes", "portal.expected",
    "portal.goals", "portal.hiding", "portal.ledgers", "portal.lineage", "portal.owed", "portal.quality",
    "portal.reach", "portal.reconcile", "portal.released", "portal.splits", "portal.visits",
)  # fmt: skip
BEHIND = (
    "data.queries", "data.writes", "data.accounts", "data.quality", "data.releases", "data.reporting", "data.store",
    "data.schema",
)  # fmt: skip
# What every module may take from the snapshot; the rest of it knows no viewer.
HANDED_OUT = ("Area", "Bounds", "each", "forget", "held", "recent", "short_name")
# These draw from shapes alone, for areas that `reads` has let through.
DRAWS_SHAPES = ("portal.area_export", "portal.features", "portal.own_buildings", "portal.relocation")
# A page is run by portal/main.py; of its neighbours it uses only the shared components.
PAGE_NEIGHBOURS = ("pages.components",)


@dataclass(frozen=True)
class Violation:
    """One import that the table does not allow."""

    file: str
    line: int
    imported: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.imported}"


def violations(root: Path) -> list[Violation]:
    """Every import below `root` that the table forbids, in order of file and line."""
    found = []
    for file in _sources(root):
        name = _module_name(file.relative_to(root))
        for line, imported in _imports(file, name):
            if imported.split(".")[0] in OURS and not _is_allowed(name, imported):
                found.append(Violation(file.relative_to(root).as_posix(), line, imported))
    return found


def _sources(root: Path) -> Iterator[Path]:
    for part in MAY_IMPORT:
        if (root / f"{part}.py").exists():
            yield root / f"{part}.py"
        yield from sorted((root / part).rglob("*.py"))


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_allowed(name: str, imported: str) -> bool:
    own = name.split(".")[0]
    if name in ALONE or not _keeps_to_the_doors(name, imported):
        return False
    if _is_within(imported, own):
        if own == "pages":
            return any(_is_within(imported, neighbour) for neighbour in PAGE_NEIGHBOURS)
        return True
    return any(_is_within(imported, allowed) for allowed in MAY_IMPORT[own])


def _keeps_to_the_doors(name: str, imported: str) -> bool:
    if name.split(".")[0] not in ("portal", "pages", "reports") or name in DOORS:
        return True
    if any(_is_within(imported, module) for module in BEHIND):
        return False
    if not _is_within(imported, "portal.snapshot") or imported == "portal.snapshot":
        # The module itself: only where a run or a request holds one version of it.
        return imported != "portal.snapshot" or name in ("portal.frame", "portal.routes")
    return imported.rpartition(".")[2] in HANDED_OUT or name in DRAWS_SHAPES


def _is_within(imported: str, allowed: str) -> bool:
    return imported == allowed or imported.startswith(f"{allowed}.")


def _imports(file: Path, name: str) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything imported, relative and by `import_module("…")` included."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), file.name)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}" if alias.name != "*" else base
        elif isinstance(node, ast.Call) and node.args and _is_import_call(node.func):
            asked = node.args[0]
            if isinstance(asked, ast.Constant) and isinstance(asked.value, str):
                yield node.lineno, asked.value


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def _is_import_call(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in ("import_module", "__import__")
    return isinstance(function, ast.Attribute) and function.attr == "import_module"
