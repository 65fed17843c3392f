"""The dashboard: `streamlit run app.py`. It never loads data; `make run` does."""

import streamlit as st

from portal.middleware import middleware
from portal.routes import routes
from portal.trouble import on_script_error

app = st.App("portal/main.py", routes=routes, middleware=middleware, on_script_error=on_script_error)
