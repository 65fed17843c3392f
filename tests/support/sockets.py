"""The dashboard as a browser's socket sees it: real WebSocket sessions without a browser.

A session answers the server's timers when told to (`tick`), which a browser does by itself.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
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

    def shows(self, words: str) -> bool:
        return words.encode() in self.seen

    def _run(self, fragment: str) -> bytes:
        if not fragment:
            self._timers.clear()
            self._files.clear()
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = self._page
        message.rerun_script.fragment_id = fragment
        if fragment:  # as the front end does: what a timer runs anew is the page that is open
            message.rerun_script.page_script_hash = self._page_hash
        message.rerun_script.context_info.url = f"{self._url}/{self._page}?{self._query}"
        self._connection.send(message.SerializeToString())
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


@contextmanager
def open_socket(url: str, headers: Mapping[str, str] | list[tuple[str, str]] | None = None) -> Iterator[Socket]:
    """A new session with the server at `url`."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(
        address, subprotocols=["streamlit"], max_size=None, compression=None, additional_headers=headers
    ) as connection:  # type: ignore[list-item]
        yield Socket(connection, url)
