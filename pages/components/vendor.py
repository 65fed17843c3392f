"""Where the scripts of others lie on this server (本机脚本): under the base path, if there is one."""

import streamlit as st


def vendor() -> str:
    """The address of portal/static/vendor."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/app/static/vendor" if base else "/app/static/vendor"
