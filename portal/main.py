"""What Streamlit runs on every visit and click. On purpose no pages/ folder stands beside it (docs/decisions.md)."""

from portal.frame import open_page

open_page()
