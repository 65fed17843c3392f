"""Serves the dashboard until Ctrl-C: `streamlit run app.py` that ends with a word instead of an error.

python deploy/serve.py PORT
"""

import sys
from pathlib import Path

import click
from streamlit.web import cli

ROOT = Path(__file__).resolve().parent.parent


def main(port: str) -> None:
    """Run until interrupted."""
    # As `python -m streamlit` would have it: app.py and the folders beside it can be imported.
    sys.path[0] = str(ROOT)
    try:
        cli.main(["run", str(ROOT / "app.py"), "--server.port", port], standalone_mode=False)
    except click.Abort:
        print("== 已停止。Stopped.")


if __name__ == "__main__":
    main(sys.argv[1])
