"""The files of the repository, and what must never stand in them."""

import ast
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

NOT_OURS = {".git", ".venv", "var", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
CODE_FOLDERS = ("benchmarks", "data", "etl", "geo", "pages", "portal", "reports")
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_NUMBER = re.compile(r"(?<![\w.])\d{17}[\dXx](?!\w)")
MOBILE_NUMBER = re.compile(r"(?<![\w.])(?:\+?86[- ]?)?1[3-9]\d{9}(?!\w|\.\d)")
MACHINE_PATH = re.compile(r"(?<![\w.$}~/-])/(?:root|Users|home/\w+|work|workspace)(?:/|\b(?![-\w]))")
INDEX_ADDRESS = re.compile(
    r"--(?:extra-)?index[-]url|--trusted[-]host|--find[-]links|pypi\.org/simple|(?:extra-)?index[-]url\s*=|"
    r"registry\s*=\s*http|https?://[^\s/]*(?:mirror|artifactory|nexus)"
)
EMOJI = re.compile("[\U0001f300-\U0001faff\ufe0f]")


def tracked_files(root: Path) -> list[Path]:
    """What belongs to the repository: tracked, or new and not ignored. Without git: everything but the caches."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        paths = [root / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in root.rglob("*") if not NOT_OURS & set(path.relative_to(root).parts)]
    return sorted(path for path in paths if path.is_file())


def text_of(path: Path) -> str | None:
    """The text of a file, None for a picture, a font or another binary one."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None


def personal_numbers(text: str) -> list[str]:
    """What reads like the identity number or the mobile number of a person."""
    return [*filter(_is_id_number, ID_NUMBER.findall(text)), *MOBILE_NUMBER.findall(text)]


def _is_id_number(digits: str) -> bool:
    try:
        date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == digits[17].upper()


def traps(source: str) -> list[str]:
    """Calls that would load something from outside or put unescaped text on a page (platform traps), by line."""
    return [f"{line}: {what}" for line, what in sorted(_traps(ast.parse(source)))]


def _traps(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in ("st.map", "streamlit.map"):
                yield node.lineno, "st.map loads its background from outside"
            for keyword in node.keywords:
                yield from _keyword_traps(name, keyword)
        names = [ast.unparse(node)] if isinstance(node, ast.Attribute) else _imported(node)
        for name in names:
            if name in ("folium.Choropleth", "folium.Icon") or name.startswith("branca.colormap"):
                yield node.lineno, f"{name} loads scripts or fonts from outside"


def _keyword_traps(function: str, keyword: ast.keyword) -> Iterator[tuple[int, str]]:
    value = keyword.value.value if isinstance(keyword.value, ast.Constant) else ...
    if keyword.arg == "map_style" and (value is None or (isinstance(value, str) and not value.startswith("/"))):
        yield keyword.lineno, "map_style loads a background from outside unless it is a path of our own; leave it away"
    if keyword.arg == "unsafe_allow_html" and value is not False:
        yield keyword.lineno, "unsafe_allow_html puts unescaped text on the page"
    is_icon = keyword.arg == "page_icon" or (keyword.arg == "icon" and function.endswith("Page"))
    if is_icon and isinstance(value, str) and value.startswith(":material"):
        yield keyword.lineno, "a :material/ page icon loads a font from outside"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
