"""What a reader sees when something is wrong (出错时): one sentence and the next step, never a traceback."""

import logging
import secrets

import streamlit as st

from data.errors import StoreError
from portal.words import esc, t

log = logging.getLogger("wangge.portal")


def on_script_error(error: BaseException) -> bool:
    """Log an unforeseen error under a number and show that number. True: Streamlit shows nothing of its own."""
    incident = secrets.token_hex(4)
    log.error("incident %s", incident, exc_info=error)
    st.error(
        t(
            f"页面出错了，已记下编号 {incident}。请刷新页面；若仍出错，请把编号告诉管理员。",
            f"Something went wrong, noted as {incident}. Reload the page, or tell the administrator this number.",
        )
    )
    return True


def show(error: StoreError) -> None:
    """A problem that is ours to explain, in the reader's language."""
    st.warning(t(error.zh, error.en))


def notice(title_zh: str, title_en: str, text_zh: str, text_en: str, command: str = "") -> None:
    """A page that holds nothing but a friendly explanation, with the command that helps."""
    line = f'<pre class="wg-command">{esc(command)}</pre>' if command else ""
    st.html(
        f'<div class="wg-notice"><h1>{esc(t(title_zh, title_en))}</h1><p>{esc(t(text_zh, text_en))}</p>{line}</div>'
    )


def no_store(error: StoreError) -> None:
    """There is no store, or not one this program can read."""
    notice("还没有可以显示的数据", "There is no data to show yet", error.zh, error.en, "make run")


def no_data() -> None:
    """The store is there, but nothing was loaded into it."""
    notice(
        "数据库已就绪，还没有载入台账",
        "The database is ready, but no ledger was loaded",
        "请运行 make run 载入示例县，或把自己的台账载入:",
        "Run make run for the sample county, or load your own ledgers:",
        "python -m etl load 台账文件夹/*",
    )


def not_here() -> None:
    """The demo was opened to other machines."""
    notice(
        "演示模式只能在本机使用",
        "The demo runs on this machine only",
        "演示模式不核对身份，因此只接受本机访问。请把 server.address 设为 127.0.0.1。",
        "The demo checks nobody's identity, so it answers this machine alone. Set server.address to 127.0.0.1.",
    )
