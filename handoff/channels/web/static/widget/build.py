"""Joins the widget's source files into the one small script a site embeds.

Run `python build.py` after a change to a source file here; `python build.py --check` says whether widget.js is up
to date and small enough. Import and export lines go, the files follow in one function, and a minifier of the
development tools (tdewolff-minify) shortens the names inside it; a site needs none of this.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path
from string import ascii_letters

import minify

HERE = Path(__file__).parent
TARGET = HERE.parent / "widget.js"
ORDER = (
    *("texts", "dom", "store", "styles", "session", "link", "files", "forms"),
    *("thread", "status", "composer", "element", "start"),
)
LIMIT_BYTES = 20 * 1024
BANNER = "// Baton widget, made by static/widget/build.py.\n"

_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
# Custom properties that are not for host pages.
_INNER = re.compile(r"--(?!baton)[a-z][a-z-]*")
_STYLE = re.compile(r"(?<=const CSS = `)[^`]*(?=`)")
# Names of our own with a capital inside: methods, fields, and the keys of texts. Other code never sees them.
_OWN = (
    re.compile(r"^  (?:async )?([a-z]+[A-Z]\w*)\(", re.MULTILINE),
    re.compile(r"\bthis\.([a-z]+[A-Z]\w*) =(?!=)"),
    re.compile(r"^ +([a-z]+[A-Z]\w*): '", re.MULTILINE),
)
_KEPT = re.compile(r".*Callback|.*Tag|saveTranscript|observedAttributes")


def shorten(body: str) -> str:
    """Give every name of our own a short one, the same wherever it stands."""
    own = sorted({name for pattern in _OWN for name in pattern.findall(body) if not _KEPT.fullmatch(name)})
    short = {name: f"_{number:x}" for number, name in enumerate(own)}
    return re.sub(r"\b[a-z]+[A-Z]\w*", lambda match: short.get(match.group(), match.group()), body)


def shorten_properties(body: str) -> str:
    """Give every custom property of our own styles a name of one letter, the most used first come first."""
    names = sorted(set(_INNER.findall(body)), key=lambda name: (-body.count(name), name))
    short = dict(zip(names, (f"--{letter}" for letter in ascii_letters), strict=False))
    return _INNER.sub(lambda match: short[match.group()], body)


def bundle() -> str:
    """Return the text of widget.js."""
    parts = [(HERE / f"{name}.js").read_text(encoding="utf-8") for name in ORDER]
    body = shorten(_EXPORT.sub("", _IMPORT.sub("", "\n".join(parts))))
    body = _STYLE.sub(lambda css: minify.string("text/css", css.group()), body)
    body = shorten_properties(body)
    small: str = minify.string("application/javascript", f"(() => {{\n'use strict';\n{body.strip()}\n}})();\n")
    return f"{BANNER}{small}\n"


def gzipped_size(text: str) -> int:
    """Bytes on the wire after gzip at its usual level 6."""
    return len(gzip.compress(text.encode("utf-8"), compresslevel=6, mtime=0))


def main(arguments: list[str]) -> int:
    """Write widget.js, or with --check only compare; 1 when stale or too big."""
    text = bundle()
    size = gzipped_size(text)
    if size > LIMIT_BYTES:
        print(
            f"widget.js would be {size} bytes gzipped, the limit is {LIMIT_BYTES}: make a source file smaller",
            file=sys.stderr,
        )
        return 1
    if "--check" in arguments:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            print(f"{TARGET.name} is not what its sources make: run python {Path(__file__).name}", file=sys.stderr)
            return 1
    else:
        TARGET.write_text(text, encoding="utf-8")
    print(f"widget.js: {len(text.encode('utf-8'))} bytes, {size} gzipped (limit {LIMIT_BYTES})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
