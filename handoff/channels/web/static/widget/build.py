"""Joins the widget's source files into the one script a site embeds.

Run `python build.py` after a change to a source file here; `python build.py --check` says whether widget.js is up
to date and small enough. No package is needed: import and export lines go, the files follow in one function.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE.parent / "widget.js"
ORDER = ("texts", "dom", "store", "styles", "link", "thread", "element")
LIMIT_BYTES = 20 * 1024
BANNER = "// Baton customer widget. Made from static/widget/*.js by static/widget/build.py: edit those, not this.\n"

_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_COMMENT_LINE = re.compile(r"^\s*//.*\n", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_BLANK = re.compile(r"\n{2,}")
_STYLE = re.compile(r"(?<=const CSS = `)[^`]*(?=`)")


def _compact_css(match: re.Match[str]) -> str:
    text = re.sub(r"\s+", " ", match.group())
    text = re.sub(r"\s*([{};,>])\s*", r"\1", text)
    return re.sub(r":\s+", ":", text).replace(";}", "}").strip()


def bundle() -> str:
    """Return the text of widget.js; no source uses a template literal whose line starts or comments matter."""
    parts = [(HERE / f"{name}.js").read_text(encoding="utf-8") for name in ORDER]
    body = _STYLE.sub(_compact_css, "\n".join(parts))
    body = _EXPORT.sub("", _IMPORT.sub("", body))
    body = _BLANK.sub("\n", _INDENT.sub("", _COMMENT_LINE.sub("", body)))
    return f"{BANNER}(() => {{\n'use strict';\n{body.strip()}\n}})();\n"


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
