"""What a reader sees when something is wrong (出错时): one sentence and the next step, never a traceback."""

import logging
import secrets

import streamlit as st

from data.errors import StoreError
from portal.words import esc, inert, t

log = logging.getLogger("wangge.portal")


def on_script_error(error: BaseException) -> bool:
    """Log an unforeseen error under a number and show that number. True: Streamlit shows nothing of its own."""
    incident = inert(secrets.token_hex(4))
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
    st.warning(inert(t(error.zh, error.en)))


def notice(title_zh: str, title_en: str, text_zh: str, text_en: str, command: str = "") -> None:
    """A page that holds nothing but a friendly explanation, with the command that helps."""
    line = f'<pre class="wg-command">{esc(command)}</pre>' if command else ""
    st.html(
        f'<div class="wg-notice"><h1>{esc(t(title_zh, title_en))}</h1><p>{esc(t(text_zh, text_en))}</p>{line}</div>'
    )


STORE_TITLES: dict[str, tuple[str, str]] = {
    "empty": ("还没有可以显示的数据", "There is no data to show yet"),
    "missing": ("数据库文件不见了", "The database file is gone"),
    "replaced": ("数据库文件被换过", "The database file was replaced"),
    "locked": ("数据库被锁住", "The database is locked"),
    "read_only": ("数据库只读", "The database is read-only"),
    "full": ("磁盘已满", "The disk is full"),
    "damaged": ("数据库文件不能用", "The database file cannot be used"),
    "unreachable": ("连不上数据库", "The database is out of reach"),
    "audit": ("审计记录写不进去", "The audit log cannot be written"),
    "old_version": ("数据库版本不一致", "The database is of another version"),
}
"""What is wrong with the store, in a few words, by the code of the state."""
_COMMANDS = {"empty": "make run", "old_version": "python -m etl upgrade"}


def store_title(state: str) -> str:
    """A state of the store in a few words; "" for one that has none."""
    return t(*STORE_TITLES.get(state, ("", "")))


def no_trace() -> None:
    """Single buildings and households are not shown while no audit event can be noted."""
    notice(
        "审计记录写不进去，暂不显示",
        "Nothing can be noted in the audit log, so nothing is shown",
        "逐栋、逐户的内容只有留痕才能查看。请告诉管理员；恢复后本页一分钟内自动显示。",
        "Single buildings and households are shown only when that leaves a trace. Tell the administrator; the page "
        "comes back by itself within a minute of the repair.",
    )


def no_store(error: StoreError) -> None:
    """There is no store, or not one that can be read now."""
    state = str(getattr(error, "state", "unreachable"))
    notice(*STORE_TITLES.get(state, STORE_TITLES["unreachable"]), error.zh, error.en, _COMMANDS.get(state, ""))


def band(title: str, zh: str, en: str) -> None:
    """Above a page that stays as it is: what is wrong meanwhile."""
    st.html(f'<div class="wg-band" role="status"><b>{esc(title)}</b> <span>{esc(t(zh, en))}</span></div>')


def no_data() -> None:
    """The store is there, but the county was not loaded into it; this reader cannot do that."""
    notice(
        "还没有载入台账",
        "No ledger was loaded yet",
        "请负责全县的数据员登录，在“数据接入”里载入；或在服务器上用命令载入：",
        "A data steward of the whole county signs in and loads them on the page; or load them on the server:",
        t("python -m etl load 台账文件夹", "python -m etl load FOLDER"),
    )


def other_county(asked: str, found: list[str]) -> None:
    """The store holds another county than the settings name."""
    codes = t("、", ", ").join(found)
    notice(
        f"数据里没有 {asked}，有的是 {codes}",
        f"The data hold {codes}, not {asked}",
        "请用数据里的区划代码重新启动；若要载入另一个县，请换一个数据库地址（WANGGE_DATABASE）。",
        "Start again with the code of the county in the data; to load another county, use another database "
        "(WANGGE_DATABASE).",
        f"WANGGE_COUNTY={found[0]} make run",
    )


def not_here() -> None:
    """The demo was opened to other machines."""
    notice(
        "演示模式只能在本机使用",
        "The demo runs on this machine only",
        "演示模式不核对身份，因此只接受本机访问。请把 server.address 设为 127.0.0.1。",
        "The demo checks nobody's identity, so it answers this machine alone. Set server.address to 127.0.0.1.",
    )


REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "sign_in": (
        "请先登录", "Please sign in",
        "登录后可以看到您负责的区域。", "After signing in you see the areas you answer for.",
    ),
    "unknown": (
        "您还没有账户", "You have no account here yet",
        "身份已核实，但这里还没有您的账户。请把下面的标识告诉管理员，开通后重新打开本页。",
        "You are known to the identity provider, but have no account here. Give the administrator the identifier "
        "below, and open this page again when it is set up.",
    ),
    "off": (
        "您的账户已停用", "Your account is switched off",
        "如果您仍需要使用，请联系管理员重新启用。",
        "If you still need it, ask the administrator to switch it on again.",
    ),
    "ended": (
        "登录已结束", "Your sign-in has ended",
        "已退出登录，或登录时间已满。请重新登录。", "You signed out, or its time was over. Sign in again.",
    ),
    "idle": (
        "长时间没有操作，已退出", "Signed out after a while without a click",
        "请重新登录；如果由单位门户登录，请刷新页面。",
        "Sign in again; if your office's portal signs you in, reload the page.",
    ),
    "no_claim": (
        "无法识别登录身份", "The identity provider did not say who you are",
        "身份服务没有给出约定的标识。请联系管理员检查 WANGGE_OIDC_CLAIM。",
        "It gave no identifier as agreed. Ask the administrator to check WANGGE_OIDC_CLAIM.",
    ),
    "no_proxy": (
        "请从单位门户进入", "Enter by your office's portal",
        "本系统只接受单位门户转来的访问。如果您已从门户进入，请联系管理员检查 WANGGE_PROXIES。",
        "Only visits that the portal passes on are answered. If you came by it, ask the administrator to check "
        "WANGGE_PROXIES.",
    ),
    "no_header": (
        "请从单位门户进入", "Enter by your office's portal",
        "门户没有说明您是谁。请重新从门户登录；若仍不行，请联系管理员检查 WANGGE_PROXY_HEADER。",
        "The portal did not say who you are. Sign in there again, or ask the administrator to check "
        "WANGGE_PROXY_HEADER.",
    ),
    "link": (
        "屏幕链接无效", "This screen link does not work",
        "链接写错、已过期或已被撤销。请向管理员要一个新的链接。",
        "It is mistyped, over, or was revoked. Ask the administrator for a new one.",
    ),
}  # fmt: skip
"""Why nobody comes in: title and next step in both languages."""


def refused(why: str, subject: str = "") -> None:
    """Nobody comes in: in both languages, for nobody has chosen one yet. A stranger reads what to tell."""
    title_zh, title_en, text_zh, text_en = REFUSALS[why]
    line = f'<pre class="wg-command">{esc(subject)}</pre>' if why == "unknown" else ""
    st.html(
        f'<div class="wg-notice"><h1>{esc(title_zh)}</h1><p>{esc(text_zh)}</p><h1 lang="en">{esc(title_en)}</h1>'
        f'<p lang="en">{esc(text_en)}</p>{line}</div>'
    )


def no_provider() -> None:
    """The identity provider was not set up, or cannot be reached."""
    notice(
        "登录服务还没有配置好",
        "The identity provider is not set up",
        "请管理员按 deploy/identity.md 填写 .streamlit/secrets.toml。",
        "The administrator fills in .streamlit/secrets.toml as deploy/identity.md says.",
    )
