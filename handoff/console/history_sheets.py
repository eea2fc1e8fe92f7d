"""The history as tables for spreadsheets, in the words of the console; no word that anybody said is in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from handoff.console.words import Words, words
from handoff.insight.definitions import definition
from handoff.insight.export import Cell, Sheet
from handoff.insight.history.behind import BehindPage
from handoff.insight.history.counting import Number
from handoff.insight.history.figures import FIGURES, Figure
from handoff.insight.history.report import Line, Report

_NAMED = ("channel", "reason", "rule")


def figure_sheets(report: Report, lang: str) -> list[Sheet]:
    """The figures with targets, then the breakdown, then the days (unless that is the breakdown)."""
    told = words(lang)
    h = told["history"]
    header = [h[name] for name in ("figure", "unit", "value", "counted", "out_of", "target", "met", "before")]
    sheets = [Sheet(h["figures"], header, [_figure_row(report, figure, lang, told) for figure in FIGURES.values()])]
    if report.by != "day":
        sheets.append(_breakdown(report.lines, report.by, lang, told))
    sheets.append(_breakdown(report.days, "day", lang, told))
    return sheets


def _figure_row(report: Report, figure: Figure, lang: str, told: Words) -> list[Cell]:
    h, number = told["history"], report.totals[figure.key]
    one = report.figure_dict(figure)
    met = "" if one["met"] is None else h["yes" if one["met"] else "no"]
    return [
        definition(figure.key, lang).name,
        h[f"unit_{figure.unit}"],
        shown(figure, number.value),
        number.n,
        number.of,
        shown(figure, one["target"]),
        met,
        shown(figure, one["before"]),
    ]


def _breakdown(lines: Iterable[Line], by: str, lang: str, told: Words) -> Sheet:
    h = told["history"]
    names = [_column(figure, lang, told) for figure in FIGURES.values()]
    rows = [[label(line, by, told), *(_value(line, figure) for figure in FIGURES.values())] for line in lines]
    return Sheet(h[f"by_{by}"], [h[f"by_{by}"], *names], rows)


def _column(figure: Figure, lang: str, told: Words) -> str:
    name = definition(figure.key, lang).name
    return name if figure.unit == "number" else f"{name} ({told['history'][f'unit_{figure.unit}']})"


def _value(line: Line, figure: Figure) -> Cell:
    number: Number | None = line.numbers.get(figure.key)
    return shown(figure, number.value) if number else None


def shown(figure: Figure, value: float | None) -> float | None:
    """Shares in per cent, everything rounded to what one can read."""
    if value is None:
        return None
    return round(100 * value, 2) if figure.unit == "share" else round(value, 2)


def label(line: Line, by: str, told: Words) -> str:
    """The line's name: channels, reasons and rules in words, people by their names, a dash for none."""
    if not line.value:
        return told["history"][f"none_{by}"]
    return named(by, line.label, told)


def named(by: str, value: str, told: Words) -> str:
    """A value of a dimension in words, where the catalogue has some."""
    if by not in _NAMED or "{" in (text := told[by].get(value, value)):
        return value
    return text


def behind_sheet(page: BehindPage, key: str, lang: str, zone: ZoneInfo) -> Sheet:
    """One line for each row behind a figure; times in the zone of the business calendar."""
    told = words(lang)
    h = told["history"]
    unit = "unit_score" if FIGURES[key].unit in ("score", "points") else "unit_seconds"
    header = [h["at"], *(h[f"by_{by}"] for by in ("channel", "skill", "category", "reason", "rule", "agent"))]
    header += [f"{h['value']} ({h[unit]})", h["conversation"], h["handoff"]]
    rows = [
        [
            datetime.fromtimestamp(row.at, zone).strftime("%Y-%m-%d %H:%M:%S"),
            named("channel", row.channel, told),
            row.skill,
            row.category,
            named("reason", row.reason, told),
            named("rule", row.rule, told),
            row.agent,
            row.value,
            row.conv_id,
            row.handoff_id or "",
        ]
        for row in page.rows
    ]
    return Sheet(definition(key, lang).name, header, rows)
