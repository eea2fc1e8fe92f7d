"""Whether words on a colour can be read: the contrast of WCAG 2.2, as the widget chooses its ink."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import floor

# What the widget writes with (styles.js): white, or this on a bright colour.
DARK_INK = "#10201d"
WHITE = "#ffffff"
ENOUGH = 4.5  # WCAG 2.2, success criterion 1.4.3
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Contrast:
    """The ink that reads best on a colour, the ratio 1 to 21, and the nearest shade that is ``ENOUGH``."""

    ink: str
    ratio: float
    better: str

    @property
    def enough(self) -> bool:
        return self.ratio >= ENOUGH


def is_colour(value: str) -> bool:
    """``#rrggbb`` in small letters."""
    return _COLOUR.fullmatch(value) is not None


def contrast_of(colour: str) -> Contrast:
    """How well words can be read on ``colour`` (#rrggbb)."""
    ink, ratio = _best_ink(colour)
    shade = colour
    for step in range(1, 101):
        if _best_ink(shade)[1] >= ENOUGH:
            break
        shade = _mixed(colour, step / 100)
    return Contrast(ink, floor(ratio * 100) / 100, shade)  # never rounded up to what is enough


def _best_ink(colour: str) -> tuple[str, float]:
    return max(((ink, _ratio(ink, colour)) for ink in (WHITE, DARK_INK)), key=lambda pair: pair[1])


def _ratio(one: str, other: str) -> float:
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _mixed(colour: str, black: float) -> str:
    return "#" + "".join(f"{round(channel * (1 - black)):02x}" for channel in _channels(colour))
