"""The catalogues agree with each other and with the errors."""

import string
from pathlib import Path

import pytest

from handoff import account_errors, errors, texts
from handoff.editor import errors as editor_errors
from handoff.quality import errors as quality_errors

# Errors of one area have a module beside it; each must be known here before the catalogues are asked for them.
AREAS = (errors, account_errors, editor_errors, quality_errors)


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def all_errors() -> list[type[errors.BatonError]]:
    found = [errors.BatonError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return found


def test_every_module_of_errors_is_among_the_areas() -> None:
    folder = Path(errors.__file__).parent
    found = {path for path in folder.rglob("*errors.py") if "(BatonError)" in path.read_text(encoding="utf-8")}
    found.discard(folder / "cli" / "errors.py")  # told to the operator, in English
    assert found == {Path(area.__file__) for area in AREAS}


def test_both_languages_say_the_same_things() -> None:
    zh, en = texts.catalogue("zh"), texts.catalogue("en")
    assert {s: set(zh[s]) for s in zh} == {s: set(en[s]) for s in en}
    for section, entries in zh.items():
        for key, template in entries.items():
            assert placeholders(template) == placeholders(en[section][key]), f"{section}.{key}"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_error_a_caller_can_meet_has_words(lang: str) -> None:
    told = texts.catalogue(lang)["error"]
    for kind in all_errors():
        if kind.http_status < 500:
            assert kind.code in told, kind.__name__


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in all_errors() if "code" in vars(kind)]
    assert len(codes) == len(set(codes))


def test_an_error_without_its_fields_is_told_as_internal() -> None:
    assert texts.error_text(errors.TextTooLong(), "en") == texts.text("error", "internal", "en")


@pytest.mark.parametrize(
    ("tag", "lang"), [("zh-CN", "zh"), ("en-GB,en;q=0.9", "en"), ("", "zh"), (None, "zh"), ("fr", "zh"), ("EN", "en")]
)
def test_language_tags(tag: str | None, lang: str) -> None:
    assert texts.normal_lang(tag) == lang
