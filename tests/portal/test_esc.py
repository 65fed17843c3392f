"""One `esc` for everything that reaches HTML, folium or a template string: in the source, and in what comes out."""

from pathlib import Path

import pytest

from portal.words import esc
from tests.support.html_texts import MARKDOWN, unsafe_texts
from tests.support.server import ROOT

FILES = [*sorted((ROOT / "pages").rglob("*.py")), *sorted((ROOT / "portal").glob("*.py"))]
HTML_BY_CONTRACT = {
    "card:change", "draw_cards:cards", "draw_map:legend", "_box:rows", "_row:kind", "_legend_row:kind", "_head:link",
    "draw_picture:link", "Picture:side", "Picture:numbers", ".side", ".numbers",
}  # fmt: skip
"""Parameters and fields whose docstring says they are HTML already; who gives them is checked in their place."""
WORDS_OF_OURS = {"panel:title", "draw_list:title", "_download:words", "ask:layers", "_filter:label"}
"""Parameters that hold words of the code alone."""
HEAD = "import streamlit as st\nimport folium\nfrom portal.words import esc, count, t\n"


def test_every_text_on_its_way_to_html_is_escaped() -> None:
    assert unsafe_texts(FILES, HTML_BY_CONTRACT) == []


def test_every_text_that_is_read_as_markdown_is_inert() -> None:
    assert unsafe_texts(FILES, WORDS_OF_OURS, MARKDOWN) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(row):\n    st.button(row.name, key='a')",
        "def f(row):\n    st.button('a', help=row.name)",
        "def f(row):\n    st.caption(t(f'没有{row.name}', 'x'))",
        "def f(rows):\n    own = {r.code: r.name for r in rows}\n    st.radio('a', own, format_func=own.__getitem__)",
        "def f(rows):\n    st.pills('a', rows, format_func=lambda row: row.name)",
        "def f(error):\n    st.warning(error.zh)",
    ],
)
def test_a_planted_text_that_is_not_is_found(tmp_path: Path, source: str) -> None:
    (tmp_path / "page.py").write_text(HEAD + source, encoding="utf-8")
    assert len(unsafe_texts([tmp_path / "page.py"], set(), MARKDOWN)) == 1


def planted(tmp_path: Path, source: str) -> list[str]:
    (tmp_path / "page.py").write_text(HEAD + source, encoding="utf-8")
    return unsafe_texts([tmp_path / "page.py"], {"card:change"})


@pytest.mark.parametrize(
    "source",
    [
        "def f(name: str):\n    st.html(f'<b>{name}</b>')",
        "def f(row):\n    st.html('<b>' + row['name'] + '</b>')",
        "def f(row):\n    text = row.name\n    st.html(f'<b>{text}</b>')",
        "def f(rows):\n    st.html(''.join(f'<i>{esc(r.a)}{r.b}</i>' for r in rows))",
        "def f(rows):\n    parts = []\n    parts.append(rows[0].name)\n    st.html(''.join(parts))",
        "def make(name: str):\n    return f'<b>{name}</b>'\ndef f(row):\n    st.html(make(row.name))",
        "def f(row):\n    folium.Popup(row.name)",
        "def f(row):\n    folium.Tooltip(esc(row.a) + row.b)",
        "def card(change: str):\n    return f'<b>{change}</b>'\ndef f(row):\n    st.html(card(row.name))",
        "def f(row):\n    st.html(t(f'第{row.name}户', 'x'))",
        "def f(row):\n    st.html(f'{row.name or esc(row.b)}')",
    ],
)
def test_a_planted_text_without_it_is_found(tmp_path: Path, source: str) -> None:
    assert len(planted(tmp_path, source)) >= 1


@pytest.mark.parametrize(
    "source",
    [
        "def f(name: str):\n    st.html(f'<b>{esc(name)}</b>')",
        "def f(n: int, m):\n    st.html(f'<i style=\"width:{n}px\">{count(m)}{m:.1f}</i>')",
        "def make(n: str):\n    return f'<b>{esc(n)}</b>'\ndef f(rows):\n    st.html(''.join(make(r) for r in rows))",
        "def card(change: str):\n    return f'<b>{change}</b>'\ndef f(row):\n    st.html(card(esc(row.name)))",
        "STYLE = '<style></style>'\nst.html(STYLE)",
        "for colour, words in (('#fff', 'a'), ('#000', 'b')):\n    st.html(f'<i style=\"{colour}\">{words}</i>')",
    ],
)
def test_what_is_escaped_is_not(tmp_path: Path, source: str) -> None:
    assert planted(tmp_path, source) == []


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("<script>", "&#60;script&#62;"), ("${x}", "&#36;&#123;x&#125;"), ("`a`", "&#96;a&#96;"), ("\\`", "&#92;&#96;"),
        ("\"'", "&#34;&#39;"), ("a&amp;b", "a&#38;amp;b"), ("</textarea>", "&#60;/textarea&#62;"),
        (None, "None"), (3, "3"),        ("a\x00b\x08", "ab"), ("a\u2028b\u2029c", "a b c"),
    ],
)  # fmt: skip
def test_nothing_is_left_that_html_or_a_template_string_reads(value: object, safe: str) -> None:
    assert esc(value) == safe
