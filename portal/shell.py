"""The empty page that Streamlit fills (页面外壳): its own index.html with our language, title, fonts and scripts.

Two features the front end needs are missing in browsers before Chrome 119 and Safari 17.4; both are added here. A
cookie tells the server the size of the window, so that the first map already fits it. The front end is told where the
server is, or it would look for it below every page's own path first (a 404 in the console), and that it shows no
dialogues of its own: shell/line.js says when the line is gone, shell/words.js has its few words in Chinese.
"""

import re
from functools import lru_cache

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from streamlit.web.server.starlette.starlette_routes import _ensure_xsrf_cookie

from portal import assets, rules

PAGE_PATHS = ("/", *(f"/{page}" for page in rules.PAGES if page != "overview"))

# The front end fetches 370 KB of icons at its start; shell/shell.css has those in use.
# With the host's settings given here, they hold before the first answer of a server. Messages are taken from this
# very page alone (shell/line.js), not from the services that Streamlit's own list names.
_SCRIPT = """<script>
window.__streamlit={BACKEND_BASE_URL:location.origin+"/",HOST_CONFIG:{allowedOrigins:[location.origin],\
useExternalAuthToken:false,enableCustomParentMessages:false,blockErrorDialogs:true}};
Promise.withResolvers ||= function(){let a,b;const p=new this((x,y)=>{a=x;b=y});return{promise:p,resolve:a,reject:b}};
Array.prototype.toSorted ||= function(c){return this.slice().sort(c)};
Array.prototype.toReversed ||= function(){return this.slice().reverse()};
Array.prototype.findLast ||= function(f){return this.slice().reverse().find(f)};
(function(load){document.fonts.load=(font,text)=>font.includes("Material Symbols")?Promise.resolve([]):\
load.call(document.fonts,font,text)})(document.fonts.load);
(function(){const say=()=>{document.cookie="wangge_window="+innerWidth+"x"+innerHeight+";path=/;SameSite=Lax"};
say();addEventListener("resize",say)})();
</script>"""
STYLES = ("shell/shell.css", "fonts/faces.css")
SCRIPTS = ("shell/line.js", "shell/words.js")
FONTS = tuple(f"fonts/NotoSansSC-{weight}-00.woff2" for weight in (400, 600))
"""The pieces of the font that every page needs."""


def map_scripts() -> tuple[str, ...]:
    """Addresses of the scripts that draw a map."""
    return assets.url("map/deck_map.js"), assets.url("vendor/deck.gl/deck.js")


def first_bundles() -> list[str]:
    """Streamlit's files that the shell of a page names, as `assets.framework_files` has them."""
    return re.findall(r"\./(static/[\w./-]+\.(?:js|css))", _index())


def _soon(*, has_map: bool) -> str:
    """Loads what the first words and the first map need while the server's first answer is on its way.

    The page asks for these only when that answer has come. Not earlier either: then they would delay the front end.
    """
    scripts = map_scripts() if has_map else ()
    links = [{"rel": "modulepreload", "href": path, "crossOrigin": ""} for path in scripts]
    links += [
        {"rel": "preload", "as": "font", "type": "font/woff2", "href": assets.url(font), "crossOrigin": ""}
        for font in FONTS
    ]
    return (
        "<script>addEventListener('DOMContentLoaded',()=>{"
        f"for(const link of {orjson.dumps(links).decode()})"
        "document.head.append(Object.assign(document.createElement('link'),link))})</script>"
    )


def _index() -> str:
    return (assets.FRAMEWORK / "index.html").read_text(encoding="utf-8")


@lru_cache(maxsize=2)
def html(*, has_map: bool = True) -> str:
    """Streamlit's index.html with our head. has_map : whether the page opens with a map."""
    text = _index()
    text = text.replace('<html lang="en">', '<html lang="zh-CN">').replace(
        "<title>Streamlit</title>", "<title>网格一张图</title>"
    )
    text = text.replace('href="./favicon.png"', f'href="{assets.url("map/icon.png")}"')
    # Their preloaded font is not used by our theme.
    start = text.find('<link\n      rel="preload"')
    if start >= 0 and 'as="font"' in text[start : start + 300]:
        text = text[:start] + text[text.index("/>", start) + 2 :]
    # Words for a browser without scripts: ours, not an advertisement of the framework's interface for programs.
    text = re.sub(r"<noscript>.*?</noscript>", NO_SCRIPT, text, flags=re.DOTALL)
    own = "".join(f'<link rel="stylesheet" href="{assets.url(name)}">' for name in STYLES)
    own += "".join(f'<script src="{assets.url(name)}" defer></script>' for name in SCRIPTS)
    return text.replace("<head>", "<head>" + _SCRIPT, 1).replace("</head>", own + _soon(has_map=has_map) + "</head>", 1)


NO_SCRIPT = (
    "<noscript><p>请允许本页运行脚本（JavaScript），然后刷新。</p>"
    '<p lang="en">Allow this page to run scripts (JavaScript), then reload it.</p></noscript>'
)


def page(request: Request) -> Response:
    """The shell of any page of ours; it brings the browser's token, by which `portal.seats` knows it.

    The front end asks for two things at once next, and without a token each answer would make one of its own: the
    session would be of the first, and an upload of the second.
    """
    answer = HTMLResponse(html(has_map=request.url.path.rsplit("/", 1)[-1] in rules.MAP_PAGES))
    _ensure_xsrf_cookie(request, answer)
    return answer
