"""The settings of the chat: what is taken, what is refused and where, how a colour reads, what a picture becomes."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from handoff.errors import AttachmentDamaged, AttachmentTooLarge
from handoff.widget import DEFAULT, LookError, parse_look
from handoff.widget.avatar import EDGE, redrawn
from handoff.widget.contrast import DARK_INK, ENOUGH, WHITE, contrast_of


def picture(size: tuple[int, int] = (300, 200), form: str = "PNG", **more: Any) -> str:
    target = io.BytesIO()
    Image.new("RGB", size, "#e4572e").save(target, form, **more)
    return base64.b64encode(target.getvalue()).decode()


def test_nothing_set_is_the_default_and_what_is_set_comes_back() -> None:
    assert parse_look({}) == DEFAULT
    words = {"zh": {"title": " 青禾 ", "greeting": "您好\n请问", "suggestions": ["退货", " ", "发票"]}}
    look = parse_look({"color": "#0F766E", "position": "left", "words": words, "sites": ["HTTPS://Shop.example/", ""]})
    assert (look.color, look.position, look.sites) == ("#0f766e", "left", ("https://shop.example",))
    assert (look.words["zh"].title, look.words["zh"].suggestions) == ("青禾", ("退货", "发票"))
    assert parse_look(look.plain()) == look


@pytest.mark.parametrize(
    ("data", "place", "problem"),
    [
        ([], "settings", "no_text"),
        ({"colour": "#000000"}, "colour", "unknown"),
        ({"color": "red; } * { display: none"}, "color", "no_colour"),
        ({"position": "top"}, "position", "unknown"),
        ({"lang": "fr"}, "lang", "unknown"),
        ({"words": {"fr": {}}}, "fr", "unknown"),
        ({"words": {"zh": {"title": "长" * 41}}}, "title", "too_long"),
        ({"words": {"zh": {"title": 7}}}, "title", "no_text"),
        ({"words": {"en": {"suggestions": ["a|b"]}}}, "suggestions", "no_bar"),
        ({"words": {"en": {"suggestions": list("abcdefg")}}}, "suggestions", "too_many"),
        ({"sites": ["shop.example"]}, "sites", "no_site"),
        ({"sites": ["https://shop.example/path"]}, "sites", "no_site"),
        ({"sites": ["https://*.example"]}, "sites", "no_site"),
        ({"sites": ["https://me@shop.example"]}, "sites", "no_site"),
        ({"sites": ["javascript:alert(1)"]}, "sites", "no_site"),
        ({"sites": "https://shop.example"}, "sites", "no_text"),
    ],
)
def test_a_mistake_is_named_with_its_place(data: Any, place: str, problem: str) -> None:
    with pytest.raises(LookError) as refused:
        parse_look(data)
    assert (refused.value.fields["place"], refused.value.fields["problem"]) == (place, problem)


def test_a_name_of_another_script_is_written_as_browsers_send_it() -> None:
    assert parse_look({"sites": ["https://青禾.example"]}).sites == ("https://xn--2lzs91d.example",)


def test_every_colour_gets_the_better_ink_and_a_shade_that_reads() -> None:
    assert contrast_of("#000000").ink == WHITE
    assert contrast_of("#ffffff").ink == DARK_INK
    assert contrast_of("#0f766e").ratio == 5.47
    for red in range(0, 256, 51):
        for green in range(0, 256, 51):
            for blue in range(0, 256, 51):
                found = contrast_of(f"#{red:02x}{green:02x}{blue:02x}")
                assert contrast_of(found.better).ratio >= ENOUGH
                assert found.enough == (found.better == f"#{red:02x}{green:02x}{blue:02x}")


def test_a_colour_that_nobody_can_read_on_is_refused_with_one_that_works() -> None:
    with pytest.raises(LookError) as refused:
        parse_look({"color": "#d1495b"})
    assert refused.value.fields["problem"] == "too_pale"
    assert parse_look({"color": refused.value.fields["value"]}).color == refused.value.fields["value"]


def test_a_picture_becomes_a_small_square_without_what_was_hidden_in_it() -> None:
    exif = Image.Exif()
    exif[0x010E] = "the place it was taken"
    kept = redrawn("data:image/jpeg;base64," + picture(form="JPEG", exif=exif))
    with Image.open(io.BytesIO(base64.b64decode(kept))) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (EDGE, EDGE), {})
    assert parse_look({"avatar": kept}, kept_avatar=kept).avatar == kept  # saved again, not drawn again


def test_what_is_no_picture_is_refused() -> None:
    svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()
    for bad in ("%%%", svg, picture()[:60]):
        with pytest.raises(AttachmentDamaged):
            redrawn(bad)
    with pytest.raises(AttachmentTooLarge):
        redrawn(base64.b64encode(b"x" * 300_000).decode())
