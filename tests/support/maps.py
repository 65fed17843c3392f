"""The maps of a page that ran without a browser: what each of them was told to draw."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def decks(app: AppTest) -> list[dict[str, Any]]:
    """pydeck's JSON of every map on a page, in their order."""
    return [
        json.loads(one.proto.json)["deck"]
        for one in app.get("bidi_component")
        if one.proto.component_name == "deck_map"
    ]


def the_deck(app: AppTest) -> dict[str, Any]:
    """pydeck's JSON of the one map on a page."""
    (deck,) = decks(app)
    return deck


def the_map(app: AppTest) -> str:
    """The same as text."""
    return json.dumps(the_deck(app), ensure_ascii=False)
