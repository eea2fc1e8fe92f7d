"""The editor's desk in a real browser: edit, publish, a stale edit, the gate, gaps, markup as text, phone and dark."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import open_chromium
from browser_watch import failures_of
from console_desk import sign_in
from console_server import PASSWORD, ConsoleServer
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Connection, insert

from handoff.conversation import Draft, Role
from handoff.store import tables as t
from handoff.store.append import append
from knowledge_base.models import Entry
from knowledge_base.writing import render_file
from tests.support.faq_actions import FaqActions

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)

EVIL = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'
SECRET = "test-secret-of-the-editor"
ENTRIES = [
    Entry("returns-window", "多久可以退货？", "签收后 **7 天** 内。", ("买了多久还能退",), followups=("returns-how",)),
    Entry("returns-how", "怎么申请退货？", "在订单里申请。", ("退货流程",), buttons=("转人工",)),
    Entry("invoice-apply", "怎么开发票？", "在订单页申请。", ("可以开专票吗",)),
    Entry("evil", EVIL, EVIL, (EVIL + "!",), tags=(EVIL,), buttons=(EVIL,), owner=EVIL, answer_wechat=EVIL),
]


def whole(entries: list[Entry]) -> str:
    """A file that was reviewed today, so that nothing is left to remark on."""
    return render_file(entries, "zh").replace("lang: zh\n", f"lang: zh\nreviewed: {date.today()}\n", 1)


class Editing:
    """The desk on a folder of its own; every page is watched for errors."""

    def __init__(self, root: Path, browser: Browser) -> None:
        self.faq, self.browser, self.problems = root / "faq", browser, list[str]()
        (self.faq / "zh").mkdir(parents=True)
        (root / "cases.jsonl").write_text('{"question": "可以开专票吗", "id": "invoice-apply"}\n')
        self.write(ENTRIES)
        self.actions = FaqActions(self.faq, root / "index", SECRET)
        self.server = ConsoleServer(
            root / "data",
            shared_secret=SECRET,
            actions_url=self.actions.url,
            faq_dir=self.faq,
            faq_cases=root / "cases.jsonl",
        )

    def write(self, entries: list[Entry]) -> None:
        (self.faq / "zh" / "all.md").write_text(whole(entries))

    def text(self) -> str:
        return (self.faq / "zh" / "all.md").read_text()

    def page(self, *, lang: str = "zh-CN", width: int = 1440, dark: bool = False) -> Page:
        context = self.browser.new_context(locale=lang, viewport={"width": width, "height": 860})
        context.set_default_timeout(15_000)
        if dark:
            context.add_cookies([{"name": "baton_ui", "value": "zh.dark.quiet", "url": self.server.origin}])
        page = context.new_page()
        page.on("console", lambda m: self.problems.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.problems.append(f"page {error}"))
        page.on("requestfailed", lambda request: self.problems.extend(failures_of(request)))
        page.goto(self.server.origin + "/console/")
        editor = self.server.agent(f"eva-{uuid.uuid4().hex[:6]}", "李编辑", Role.EDITOR)
        sign_in(page, editor.name, PASSWORD)
        expect(page).to_have_url(re.compile("/console/editor"))
        page.locator("[data-entry=returns-window]").wait_for()
        return page

    def bring_back(self, question: str) -> None:
        anybody = self.server.agent(f"ann-{uuid.uuid4().hex[:6]}", "安", Role.EDITOR)
        self.server.call(self.server.services.editor.dismiss(anybody, [question], undo=True))

    def missed(self, question: str) -> None:
        """A customer asked this and the bot had no answer."""
        conv_id = self.server.customer()

        def work(conn: Connection) -> None:
            asked, _ = append(conn, conv_id, Draft("message", "customer", question, uuid.uuid4().hex))
            turn = uuid.uuid4().hex
            conn.execute(
                insert(t.turn).values(
                    id=turn,
                    conv_id=conv_id,
                    in_seq=asked.seq,
                    fence=1,
                    state="done",
                    attempt=1,
                    not_before=0,
                    created_at=0,
                )
            )
            payload = {"buttons": [], "meta": {"response": "utter_no_answer"}}
            append(conn, conv_id, Draft("message", "bot", "没有答案", f"{turn}:0", payload=payload))

        self.server.services.db.write_now(work)


@pytest.fixture(scope="module")
def editing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editing]:
    root = tmp_path_factory.mktemp("editing")
    with open_chromium() as browser:
        made = Editing(root, browser)
        made.actions.start()
        made.server.start()
        yield made
        made.server.stop()
        made.actions.stop()
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(autouse=True)
def fresh(editing: Editing) -> None:
    editing.write(ENTRIES)
    editing.problems.clear()


def barriers(page: Page) -> list[str]:
    """What axe finds that would keep somebody out."""
    page.wait_for_load_state("networkidle")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def open_entry(page: Page, entry_id: str) -> None:
    page.locator(f'[data-entry="{entry_id}"]').click()
    expect(page.get_by_test_id("field-answer")).to_be_visible()


def test_an_edit_is_previewed_checked_and_published(editing: Editing) -> None:
    page = editing.page()
    open_entry(page, "returns-window")
    expect(page.get_by_test_id("preview-answer").locator("strong")).to_have_text("7 天")
    expect(page.get_by_test_id("publish")).to_be_disabled()
    page.get_by_test_id("field-answer").fill("签收后 **15 天** 内，我们会尽快处理。")
    expect(page.get_by_test_id("findings")).to_contain_text("尽快")
    page.get_by_test_id("field-answer").fill("签收后 **15 天** 内。")
    expect(page.get_by_test_id("no-findings")).to_be_visible()
    expect(page.get_by_test_id("preview-answer").locator("strong")).to_have_text("15 天")
    page.get_by_test_id("preview-wechat").click()
    expect(page.get_by_test_id("preview-wechat-text")).to_have_text("签收后 15 天 内。")
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("told")).to_contain_text("已发布", timeout=60_000)
    assert editing.text() == whole(ENTRIES).replace("7 天", "15 天")
    page.get_by_test_id("tab-try").click()
    page.get_by_test_id("ask").fill("买了多久还能退")
    page.get_by_test_id("ask-go").click()
    expect(page.get_by_test_id("hit").first).to_have_attribute("data-entry", "returns-window")
    page.get_by_test_id("right-this").first.click()
    expect(page.get_by_test_id("told")).to_contain_text("已存档")
    expect(page.get_by_test_id("read-as")).to_have_count(0)
    page.get_by_test_id("ask").fill("tuihuo liucheng")
    page.get_by_test_id("ask-go").click()
    expect(page.get_by_test_id("read-as").locator("mark")).to_have_text("退货流程", timeout=30_000)
    parts = page.evaluate("""async () => {
      const { mendedParts } = await import("baton-editor/api.js");
      return mendedParts("我要退宽ＡＢ", "我要退款ab").map((one) => [one.text, one.mended]);
    }""")
    assert parts == [["我要退", False], ["款", True], ["ab", False]]
    assert editing.problems == []


def test_a_folder_that_is_gone_is_said_until_it_is_back(editing: Editing) -> None:
    page = editing.page()
    aside = editing.faq.rename(editing.faq.with_name("aside"))
    try:
        page.reload()
        expect(page.get_by_test_id("down")).to_contain_text(f"找不到问答文件夹 {editing.faq}", timeout=30_000)
    finally:
        aside.rename(editing.faq)
    page.get_by_test_id("again").click()
    expect(page.locator("[data-entry=returns-window]")).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("down")).to_have_count(0)
    assert [p for p in editing.problems if "503" not in p] == []


def test_somebody_elses_save_is_never_written_over(editing: Editing) -> None:
    page = editing.page()
    open_entry(page, "invoice-apply")
    page.get_by_test_id("field-answer").fill("我的改动")
    expect(page.get_by_test_id("publish")).to_be_enabled()
    theirs = editing.text().replace("在订单页申请。", "别人的改动。")
    (editing.faq / "zh" / "all.md").write_text(theirs)
    page.get_by_test_id("publish").click()
    expect(page.get_by_test_id("conflict")).to_contain_text("别人的改动。")
    assert editing.text() == theirs
    expect(page.get_by_test_id("field-answer")).to_have_value("我的改动")
    page.get_by_test_id("keep-mine").click()
    page.get_by_test_id("publish").click()
    expect(page.get_by_test_id("told")).to_contain_text("已发布", timeout=60_000)
    assert "我的改动" in editing.text() and "别人的改动" not in editing.text()
    assert [p for p in editing.problems if "409" not in p] == []


def test_the_gate_keeps_a_worse_answer_back(editing: Editing) -> None:
    page = editing.page()
    open_entry(page, "invoice-apply")
    page.get_by_test_id("mode-markdown").click()
    source = page.get_by_test_id("source")
    source.fill(source.input_value().replace("id: invoice-apply", "id: invoice-apply\nstatus: draft"))
    page.get_by_test_id("publish").click()
    gate = page.get_by_test_id("gate")
    expect(gate).to_contain_text("可以开专票吗")
    expect(page.get_by_test_id("gate-publish")).to_be_disabled()
    assert "status: draft" not in editing.text()
    page.get_by_test_id("override").fill("改由财务回答")
    page.get_by_test_id("gate-publish").click()
    expect(page.get_by_test_id("told")).to_contain_text("草稿", timeout=60_000)
    assert "status: draft" in editing.text()
    assert editing.problems == []


def test_a_gap_becomes_an_entry(editing: Editing) -> None:
    editing.bring_back(EVIL)  # a second try finds what the first one left
    asked = "旧家电回收吗"
    for question in (asked, asked + "？", EVIL):
        editing.missed(question)
    page = editing.page()
    page.get_by_test_id("tab-gaps").click()
    gap = page.get_by_test_id("gap").filter(has_text=asked)
    expect(gap).to_contain_text(re.compile(r"[246]×"))
    gap.get_by_test_id("gap-write").click()
    expect(page.get_by_test_id("field-question")).to_have_value(re.compile(asked))
    page.get_by_test_id("field-id").fill("old-appliances")
    page.get_by_test_id("field-answer").fill("可以，送新机时一起取走。")
    expect(page.get_by_test_id("publish")).to_be_enabled()
    page.get_by_test_id("publish").click()
    expect(page.get_by_test_id("told")).to_contain_text("已发布", timeout=60_000)
    assert "id: old-appliances" in editing.text()
    page.get_by_test_id("tab-gaps").click()
    evil = page.get_by_test_id("gap").filter(has_text="<img")
    evil.get_by_test_id("gap-dismiss").click()
    expect(evil).to_have_count(0)
    page.get_by_test_id("gap-all").check()
    expect(evil).to_have_count(1)
    assert editing.problems == []


def test_a_gap_that_is_not_answered_leaves_the_list_and_comes_back(editing: Editing) -> None:
    asked, file = "你们修自行车吗", editing.faq / "zh" / "not-answered.txt"
    editing.missed(asked)
    page = editing.page()
    page.get_by_test_id("tab-gaps").click()
    gap = page.get_by_test_id("gap").filter(has_text=asked)
    gap.get_by_test_id("gap-refuse").click()
    expect(page.get_by_test_id("told")).to_contain_text("zh/not-answered.txt")
    expect(gap).to_have_count(0)
    assert asked in file.read_text().splitlines()
    page.reload()
    page.get_by_test_id("gap-all").check()
    expect(gap.get_by_test_id("gap-refused")).to_have_text("不回答")
    expect(gap.get_by_test_id("gap-dismiss")).to_have_count(0)
    assert barriers(page) == []
    expect(gap.get_by_test_id("gap-refuse")).to_have_text("恢复")
    gap.get_by_test_id("gap-refuse").click()
    expect(gap.get_by_test_id("gap-refused")).to_have_count(0)
    expect(gap.get_by_test_id("gap-dismiss")).to_be_visible()
    assert asked not in file.read_text()
    page.get_by_test_id("gap-all").uncheck()
    expect(gap).to_have_count(1)
    assert editing.problems == []


@pytest.mark.long
def test_markup_in_every_field_is_shown_as_text(editing: Editing) -> None:
    page = editing.page()
    open_entry(page, "evil")
    expect(page.get_by_test_id("preview-answer")).to_have_text(EVIL)
    page.get_by_test_id("preview-wechat").click()
    expect(page.get_by_test_id("preview-wechat-text")).to_contain_text("onerror")
    page.get_by_test_id("tab-try").click()
    page.get_by_test_id("ask").fill(EVIL)
    page.get_by_test_id("ask-go").click()
    expect(page.get_by_test_id("hit").first).to_contain_text("<img")
    page.get_by_test_id("tab-entries").click()
    page.get_by_test_id("show-history").click()
    expect(page.get_by_test_id("history-none")).to_contain_text("Git")
    assert page.evaluate("window.owned") is None
    assert page.locator("[data-testid=editor] img, [data-testid=editor] script").count() == 0
    assert editing.problems == []


@pytest.mark.long
@pytest.mark.parametrize(("lang", "width", "dark"), [("en-US", 360, False), ("zh-CN", 760, True)])
def test_on_a_phone_one_thing_at_a_time_and_nothing_overflows(
    editing: Editing, lang: str, width: int, dark: bool
) -> None:
    page = editing.page(lang=lang, width=width, dark=dark)
    for name in ("gaps", "try", "outcomes", "entries"):
        page.get_by_test_id(f"tab-{name}").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert barriers(page) == [], name
    open_entry(page, "returns-how")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert barriers(page) == []
    page.get_by_test_id("ed-back").click()
    expect(page.locator('[data-entry="returns-how"]')).to_be_visible()
    assert editing.problems == []
