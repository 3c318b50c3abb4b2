"""The live page as one file that needs no server and asks nobody for anything: style, scripts, icon and licence are in
it, and its policy names by their hashes what may run."""

import base64
import hashlib
import re
import sys

LAND_IMPORT = re.compile(r"import\{[^}]*\}from'\./land\.js';")


def hashed(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def put(page, pattern, text):
    page, count = re.subn(pattern, lambda _: text, page)
    if count != 1:
        sys.exit(f"web/index.html: {count} times {pattern}, not once; cmake/saved_page.py goes by it")
    return page


def parts(files):
    """What is before the page's data, and what is after; the data is JSON in which no '<' is. `files` are those that
    the server serves."""
    text = {name: content.decode() for name, content in files.items()}
    style, early, uplot, land = text["app.css"], text["early.js"], text["vendor/uplot.js"], text["js/land.js"].removeprefix("export ")
    app = put(text["js/app.js"], LAND_IMPORT, land)
    for script in (early, uplot, app):
        if found := re.search("</script|<!--", script, re.IGNORECASE):
            sys.exit(f"a script has {found[0]} in it, so it cannot be written into a page")
    if re.search(r"</style|@import|url\((?!data:)", style, re.IGNORECASE):
        sys.exit("web/app.css: asks for another file, which a saved page has not got")
    policy = (f"default-src 'none'; script-src {' '.join(map(hashed, (early, uplot, app)))}; style-src {hashed(style)}; "
              "img-src data: blob:; base-uri 'none'; form-action 'none'")
    icon = "data:image/svg+xml;base64," + base64.b64encode(files["icon.svg"]).decode()
    page = put(text["index.html"], r"default-src [^\"]*", policy)
    page = put(page, r"icon\.svg", icon)
    page = put(page, r'<link rel="stylesheet"[^>]*>', f"<style>{style}</style>")
    page = put(page, r'<script src="early\.js"></script>', f"<script>{early}</script>")
    page = put(page, r'<script src="vendor/uplot\.js"[^>]*></script>\n', "")
    page = put(page, r'<script src="js/app\.js"[^>]*></script>\n', f"<!-- uPlot, which is in this file:\n{text['vendor/uplot.LICENSE']}-->\n")
    page = put(page, r"<noscript>.*</noscript>", "<noscript>This page needs JavaScript.</noscript>")
    head, tail = page.split("</body>")
    return (head + '<script type="application/json" id="saved">',
            f'</script>\n<script>{uplot}</script>\n<script type="module">{app}</script>\n</body>{tail}')
