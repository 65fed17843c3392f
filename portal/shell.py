"""The empty page that Streamlit fills (页面外壳): its own index.html with our language, title, font and polyfill.

Two features the front end needs are missing in browsers before Chrome 119 and Safari 17.4; both are added here. A
cookie tells the server the size of the window, so that the first map already fits it. The front end is told where the
server is, or it would look for it below every page's own path first (a 404 in the console).
"""

import re
from functools import lru_cache
from pathlib import Path

import orjson
import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from portal import rules

PAGE_PATHS = ("/", *(f"/{page}" for page in rules.PAGES if page != "overview"))

_SCRIPT = """<script>
window.__streamlit={BACKEND_BASE_URL:location.origin+"/"};
Promise.withResolvers ||= function(){let a,b;const p=new this((x,y)=>{a=x;b=y});return{promise:p,resolve:a,reject:b}};
Array.prototype.toSorted ||= function(c){return this.slice().sort(c)};
Array.prototype.toReversed ||= function(){return this.slice().reverse()};
Array.prototype.findLast ||= function(f){return this.slice().reverse().find(f)};
(function(){const say=()=>{document.cookie="wangge_window="+innerWidth+"x"+innerHeight+";path=/;SameSite=Lax"};
say();addEventListener("resize",say)})();
</script>"""
FONTS = tuple(f"./app/static/fonts/NotoSansSC-{weight}.woff2" for weight in (400, 600))
_PART = re.compile(r'"\./([\w.-]+\.js)"')
_HEAD = 20_000
"""A script names the others it needs, at once or a moment later, in this many of its first characters."""


def _map_scripts(static: Path, loaded: str) -> list[str]:
    """Paths of the scripts of the map, without those in `loaded`, the page so far."""
    folder = static / "static" / "js"
    wanted = sorted(path.name for path in folder.glob("DeckGlJsonChart.*.js"))
    for name in wanted:  # grows while it is read
        for found in _PART.findall((folder / name).read_text(encoding="utf-8")[:_HEAD]):
            if found not in wanted and found not in loaded:
                wanted.append(found)
    return [f"./static/js/{name}" for name in wanted]


def _soon(static: Path, loaded: str) -> str:
    """Loads what the first map and its words need while the server's first answer is on its way.

    Streamlit asks for these only when that answer has come. Not earlier either: then they would delay the front end.
    """
    links = [{"rel": "modulepreload", "href": path, "crossOrigin": ""} for path in _map_scripts(static, loaded)]
    links += [{"rel": "preload", "as": "font", "type": "font/woff2", "href": font, "crossOrigin": ""} for font in FONTS]
    return (
        "<script>addEventListener('DOMContentLoaded',()=>{"
        f"for(const link of {orjson.dumps(links).decode()})"
        "document.head.append(Object.assign(document.createElement('link'),link))})</script>"
    )


@lru_cache(maxsize=1)
def html() -> str:
    """Streamlit's index.html with our head."""
    static = Path(streamlit.__file__).parent / "static"
    text = (static / "index.html").read_text(encoding="utf-8")
    text = text.replace('<html lang="en">', '<html lang="zh-CN">').replace(
        "<title>Streamlit</title>", "<title>网格一张图</title>"
    )
    # Their preloaded font is not used by our theme.
    start = text.find('<link\n      rel="preload"')
    if start >= 0 and 'as="font"' in text[start : start + 300]:
        text = text[:start] + text[text.index("/>", start) + 2 :]
    return text.replace("<head>", "<head>" + _SCRIPT, 1).replace("</head>", _soon(static, text) + "</head>", 1)


def page(_request: Request) -> Response:
    """The shell of any page of ours."""
    return HTMLResponse(html())
