"""What no line of a log may hold (日志脱敏): session ids, links of screens, signatures, addresses of downloads.

Whoever reads a log could use them as their owner. The server that we start writes no access log, but another one that
runs `app:app` does, and so does a finer level of logging; so every record of every logger goes through here.
"""

import logging
import re
from typing import Any

_PLACES = re.compile(r"(/_stcore/upload_file/|/media/)[^\s?\"'&]+")
_PARAMS = re.compile(r"\b((?:sig|screen_link|code|state|session_id|streamlit_token)=)[^&\s\"'#]+")
_IDS = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)


def masked(text: str) -> str:
    """A line without what opens a door.

    >>> masked("GET /_stcore/upload_file/0a1b/f1?x=1"), masked("/map/areas?area=422825&sig=abc&v=1")
    ('GET /_stcore/upload_file/…?x=1', '/map/areas?area=422825&sig=…&v=1')
    >>> masked("/?screen_link=T0-k_n HTTP/1.1"), masked("session 53558f7c-fbd3-481f-8075-30a36ecd7e14 ended")
    ('/?screen_link=… HTTP/1.1', 'session … ended')
    """
    return _IDS.sub("…", _PARAMS.sub(r"\1…", _PLACES.sub(r"\1…", text)))


def _safe(value: Any) -> Any:
    """An argument of a line, of its own type where that is a number: a formatter may count on it."""
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    hidden = masked(text)
    return value if hidden == text else hidden


def keep_quiet() -> None:
    """Mask every record of this process from now on, whoever logs it; once."""
    make = logging.getLogRecordFactory()
    if getattr(make, "is_masking", False):
        return

    def made(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.msg = _safe(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(_safe, record.args))
        elif isinstance(record.args, dict):
            record.args = {name: _safe(value) for name, value in record.args.items()}
        return record

    made.is_masking = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(made)
