"""The empty page that Streamlit fills (页面外壳): its own index.html with our language, title, font and polyfill.

Two features the front end needs are missing in browsers before Chrome 119 and Safari 17.4; both are added here. A
cookie tells the server the size of the window, so that the first map already fits it. The front end is told where the
server is, or it would look for it below every page's own path first (a 404 in the console).
"""

from functools import lru_cache
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

PAGE_PATHS = (
    "/", "/coverage", "/visits", "/disputes", "/relocation", "/my_buildings", "/briefing", "/intake", "/reconcile",
    "/lineage", "/book",
)  # fmt: skip

_SCRIPT = """<script>
window.__streamlit={BACKEND_BASE_URL:location.origin+"/"};
Promise.withResolvers ||= function(){let a,b;const p=new this((x,y)=>{a=x;b=y});return{promise:p,resolve:a,reject:b}};
Array.prototype.toSorted ||= function(c){return this.slice().sort(c)};
Array.prototype.toReversed ||= function(){return this.slice().reverse()};
Array.prototype.findLast ||= function(f){return this.slice().reverse().find(f)};
(function(){const say=()=>{document.cookie="wangge_window="+innerWidth+"x"+innerHeight+";path=/;SameSite=Lax"};
say();addEventListener("resize",say)})();
</script>"""
_FONTS = "".join(
    f'<link rel="preload" href="./app/static/fonts/NotoSansSC-{weight}.woff2" as="font" type="font/woff2" crossorigin>'
    for weight in (400, 600)
)


@lru_cache(maxsize=1)
def html() -> str:
    """Streamlit's index.html with our head."""
    text = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    text = text.replace('<html lang="en">', '<html lang="zh-CN">').replace(
        "<title>Streamlit</title>", "<title>网格一张图</title>"
    )
    # Their preloaded font is not used by our theme; ours is.
    start = text.find('<link\n      rel="preload"')
    if start >= 0 and 'as="font"' in text[start : start + 300]:
        text = text[:start] + _FONTS + text[text.index("/>", start) + 2 :]
    return text.replace("<head>", "<head>" + _SCRIPT, 1)


def page(_request: Request) -> Response:
    """The shell of any page of ours."""
    return HTMLResponse(html())
