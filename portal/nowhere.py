"""An address that leads nowhere (没有这个网址): 404 and a page of ours, instead of Streamlit's and its 200.

Streamlit answers any path with its empty page, and its front end then opens the first page of all. Deny by default:
what no list here names is nowhere.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from portal import assets, rules
from portal.gate import local_path, refuse

FRAMEWORK = ("/media/", "/component/", "/auth/", "/_stcore/upload_file/", "/_stcore/bidi-components/")
"""Where Streamlit answers itself, with a 404 of its own where there is nothing."""
FILES = ("/favicon.png", "/oauth2callback", "/_stcore/health", "/_stcore/host-config", "/_stcore/stream")
_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>网格一张图</title>
<link rel="stylesheet" href="{faces}"><style>
body {{ margin:0; background:#f5f7f9; color:#1b2733;
  font:14px/1.6 "Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif; }}
main {{ box-sizing:border-box; max-width:640px; width:calc(100% - 24px); margin:12vh auto; padding:28px 32px;
  background:#fff; border:1px solid #d9e0e6; border-radius:6px; }}
h1 {{ font-size:24px; font-weight:600; margin:0 0 8px; }} h1 + p {{ margin:0 0 20px; }} a {{ color:#0b5cad; }}
</style></head><body><main><h1>没有这个网址</h1><p>可能写错了，或者页面已改名。<a href="{home}">回到首页</a></p>
<h1 lang="en">There is no such address</h1><p lang="en">It may be mistyped, or the page has another name now.
<a href="{home}">To the first page</a></p></main></body></html>"""


def is_somewhere(path: str) -> bool:
    """Whether a path is a page, a route or a file of this server.

    >>> [is_somewhere(path) for path in ("/", "/visits", "/visits/", "/map/areas", "/media/a.csv")]
    [True, True, True, True, True]
    >>> [is_somewhere(path) for path in ("/visit", "/visits/x", "/static/none.js", "/index.html", "/_stcore/none")]
    [False, False, False, False, False]
    """
    plain = path.rstrip("/") or "/"
    if path.startswith("/static/"):
        return path[1:] in assets.framework_files()
    routed = (route.partition("{")[0] for route in rules.ROUTES if "{" in route)
    return plain in rules.ROUTES or path in FILES or path.startswith((*FRAMEWORK, *routed))


class Nowhere:
    """Answers what leads nowhere, in both languages, for nobody has chosen one there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_somewhere(local_path(scope)):
            await self.app(scope, receive, send)
            return
        await _nowhere(Request(scope))(scope, receive, send)


def _nowhere(request: Request) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        return refuse(404, "没有这个网址。", "There is no such address.")
    return HTMLResponse(_PAGE.format(home=f"{assets.base()}/", faces=assets.url("fonts/faces.css")), 404)
