"""One visitor's session without a browser: asks the server for an address and waits until its script has ended.

It speaks the server's own protocol, so a run is what a click costs the server, and nothing of what drawing costs the
browser. Timed from sending the request to receiving the last message, sending and packing included.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Run:
    """One run of the script: seconds until its last message, bytes sent in all and in the largest message, and the
    maps it drew (pydeck's JSON)."""

    seconds: float
    sent_bytes: int
    largest_bytes: int
    decks: list[dict[str, Any]]

    @property
    def layer_urls(self) -> list[str]:
        """Addresses that the layers of the maps fetch their data from."""
        return [
            layer[name]
            for deck in self.decks
            for layer in deck.get("layers", [])
            for name in ("data", "shapes")
            if isinstance(layer.get(name), str) and layer[name].startswith(("/", "http"))
        ]


class Session:
    """A connection to the server; every `visit` is a rerun in the same session."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._page = ""

    def visit(self, page: str = "", **query: str) -> Run:
        """Run a page (its address name, "" for the first one) with the given query.

        Raises RuntimeError when the script ends with an error on screen.
        """
        message = BackMsg()
        message.rerun_script.query_string = urlencode(query)
        message.rerun_script.page_name = page
        started = time.perf_counter()
        self._connection.send(message.SerializeToString())
        sent, largest, decks = 0, 0, []
        while True:
            packed = self._connection.recv(ANSWER_SECONDS)
            answer = ForwardMsg.FromString(packed if isinstance(packed, bytes) else packed.encode())
            sent += len(packed)
            largest = max(largest, len(packed))
            kind = answer.WhichOneof("type")
            if kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                element = answer.delta.new_element
                if element.WhichOneof("type") == "exception":
                    raise RuntimeError(f"The page shows an error: {element.exception.message}")
                if (
                    element.WhichOneof("type") == "bidi_component"
                    and element.bidi_component.component_name == "deck_map"
                ):
                    decks.append(orjson.loads(element.bidi_component.json)["deck"])
            if kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return Run(time.perf_counter() - started, sent, largest, decks)


@contextmanager
def open_session(url: str) -> Iterator[Session]:
    """A new session with the server at `url`."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None, compression=None) as connection:  # type: ignore[list-item]
        yield Session(connection)
