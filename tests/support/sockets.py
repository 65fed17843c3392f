"""The dashboard as a browser's socket sees it: real WebSocket sessions without a browser.

A session answers the server's timers when told to (`tick`), which a browser does by itself.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.sync.client import ClientConnection, connect

ANSWER_SECONDS = 60


class Socket:
    """One open session; `seen` is every byte of the last run, in which UTF-8 words can be looked for."""

    def __init__(self, connection: ClientConnection, url: str) -> None:
        self._connection, self._url = connection, url
        self._query, self._page, self._timers = "", "", dict[str, float]()
        self._session, self._files, self._page_hash = "", list[str](), ""
        self.seen = b""

    def visit(self, page: str = "", **query: str) -> bytes:
        """Run a page with a query, as opening its address does."""
        self._query, self._page = urlencode(query), page
        return self._run("")

    def click(self) -> bytes:
        """Run the page again, as any click does."""
        return self._run("")

    def tick(self, skip: int = 0) -> bytes:
        """Run every part of the page that has a timer, as the browser does when they ring; but not the first `skip`."""
        sent = [self._run(fragment) for fragment in list(self._timers)[skip:] if fragment in self._timers]
        return b"".join(sent)

    def downloads(self) -> list[str]:
        """The addresses of the files that the last run offers; each is made now, as a press of its button does."""
        found = []
        for file in self._files:
            message = BackMsg()
            message.backend_operation_request.request_id = file
            message.backend_operation_request.session_id = self._session
            message.backend_operation_request.deferred_file.file_id = file
            self._connection.send(message.SerializeToString())
            answer = ForwardMsg()
            while answer.WhichOneof("type") != "backend_operation_response":
                answer = ForwardMsg.FromString(self._received())
            assert not answer.backend_operation_response.error_msg, answer.backend_operation_response.error_msg
            found.append(answer.backend_operation_response.deferred_file.url)
        return found

    @property
    def session_id(self) -> str:
        """The number of the session, known after the first run."""
        return self._session

    @property
    def timers(self) -> list[str]:
        """The parts of the page that have a timer."""
        return list(self._timers)

    def ring(self, fragment: str) -> None:
        """Ask for one part of a page, whoever's it is; what comes of it is seen with the next run."""
        self._send(fragment)

    def shows(self, words: str) -> bool:
        return words.encode() in self.seen

    def _run(self, fragment: str) -> bytes:
        if not fragment:
            self._timers.clear()
            self._files.clear()
        self._send(fragment)
        return self._until_finished()

    def _send(self, fragment: str) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = self._page
        message.rerun_script.fragment_id = fragment
        if fragment:  # as the front end does: what a timer runs anew is the page that is open
            message.rerun_script.page_script_hash = self._page_hash
        message.rerun_script.context_info.url = f"{self._url}/{self._page}?{self._query}"
        self._connection.send(message.SerializeToString())

    def _until_finished(self) -> bytes:
        sent = []
        while True:
            packed = self._received()
            sent.append(packed)
            answer = ForwardMsg.FromString(packed)
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self._session = answer.new_session.initialize.session_id
            if kind == "navigation":
                self._page_hash = answer.navigation.page_script_hash
            if kind == "delta" and answer.delta.new_element.download_button.deferred_file_id:
                self._files.append(answer.delta.new_element.download_button.deferred_file_id)
            if kind == "auto_rerun":
                self._timers[answer.auto_rerun.fragment_id] = answer.auto_rerun.interval
            if kind == "script_finished" and answer.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._timers.clear()  # the whole page runs next: the browser drops the timers of before
            elif kind == "script_finished":
                self.seen = b"".join(sent)
                return self.seen

    def _received(self) -> bytes:
        packed = self._connection.recv(ANSWER_SECONDS)
        assert isinstance(packed, bytes)
        return packed


def a_browser() -> str:
    """The token that a new browser gets from the server and sends with everything."""
    return generate_xsrf_token_string()


@contextmanager
def open_socket(
    url: str, headers: Mapping[str, str] | list[tuple[str, str]] | None = None, *, browser: str = "", session: str = "",
    tls: ssl.SSLContext | None = None,
) -> Iterator[Socket]:  # fmt: skip
    """A new session with the server at `url`, or the one of an id that goes on.

    browser : its token (`a_browser`). session : the id that is presented at the handshake. tls : for an https address.
    """
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    told = [*(headers.items() if isinstance(headers, Mapping) else headers or [])]
    cookies = [value for name, value in told if name == "Cookie"] + ([f"_streamlit_xsrf={browser}"] if browser else [])
    told = [(name, value) for name, value in told if name != "Cookie"] + [("Cookie", "; ".join(cookies))] * bool(
        cookies
    )
    # As the front end does: the way of speaking, the browser's token, the session that it had before.
    protocols = ["streamlit", *([browser or "none"] if browser or session else []), *([session] if session else [])]
    with connect(
        address, subprotocols=protocols, max_size=None, compression=None, additional_headers=told, ssl=tls
    ) as connection:  # type: ignore[arg-type]
        yield Socket(connection, url)
