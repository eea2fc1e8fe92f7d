"""Takes the pictures of settings and history for the docs: ``python tests/e2e/page_pictures.py docs/images``."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from browser import open_chromium
from console_pictures import _open, _sign_in, tell
from console_server import ConsoleServer
from playwright.sync_api import Browser, Page

from handoff.conversation import Agent, Role
from handoff.store import tables as t
from tests.support.past import DAY, Past

NAMES = {"lin": "周敏", "wang": "吴晓", "zhao": "赵磊"}
SKILLS = {"refund": "退款", "invoice": "发票"}
HOURS = {
    "default": "客服",
    "calendars": {
        "客服": {
            "zone": "Asia/Shanghai",
            "weekly": {"mon-fri": ["09:00-12:00", "13:00-21:00"], "sat-sun": ["10:00-18:00"]},
            "holidays": [{"from": "2027-02-05", "to": "2027-02-11", "name": "春节"}],
            "extra": [{"date": "2027-02-14", "name": "春节调休", "hours": ["09:00-18:00"]}],
        },
        "海外": {"zone": "Europe/Berlin", "weekly": {"mon-fri": ["09:00-17:00"]}},
    },
    "skills": {"english": "海外"},
}
LOOK = {
    "color": "#8a3b12",
    "words": {
        "zh": {
            "title": "青禾客服",
            "greeting": "您好，我是小禾！订单、退换、发票都可以问我，也可以随时转人工。",
            "suggestions": ["我的订单到哪了？", "怎么退货退款？", "优惠券为什么用不了？"],
        },
        "en": {},
    },
    "sites": ["https://shop.example.com"],
}


def month_behind(server: ConsoleServer) -> None:
    """Four weeks of conversations, with people who have names."""
    past = Past(11, time.time() - 28 * DAY, 27).conversations(160)
    for table, rows in past.rows.items():
        for row in rows:
            if table is t.agent:
                row["display_name"], row["name"] = NAMES[row["name"]], f"past-{row['name']}"
            if row.get("skill") in SKILLS:
                row["skill"] = SKILLS[row["skill"]]
    server.services.db.write_now(lambda conn: past.write(conn))


def furnish(server: ConsoleServer, boss: Agent, lin: Agent) -> None:
    """Settings worth a picture."""
    services = server.services
    server.call(services.team.set_hours(boss, HOURS))
    server.call(services.team.set_routing(boss, lin.name, ["退款", "english"], ["zh", "en"], 5))
    server.call(services.team.set_routing(boss, "wang", ["发票"], ["zh"], 4))
    server.call(services.widget.save(boss, LOOK))


def take(browser: Browser, server: ConsoleServer, folder: Path) -> None:
    """One picture of each page, named ``console-*.png``."""
    story = tell(server)
    boss = server.agent("chen", "陈静", Role.ADMIN)
    furnish(server, boss, story.lin)

    def shoot(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"console-{name}.png")

    page = _open(browser, server, "zh.light.quiet", 1440, 900)
    page.set_default_timeout(30_000)
    _sign_in(page, boss)

    def go(path: str, sign: str) -> None:
        page.goto(f"{server.origin}/console/{path}")
        page.locator(sign).first.wait_for()

    go("widget", "[data-testid=widget-page]")
    page.frame_locator("[data-testid=w-preview]").get_by_test_id("quick-reply").last.wait_for()
    shoot(page, "widget")
    go("settings", "[data-testid=hours]")
    page.get_by_test_id("hours-edit").click()
    page.get_by_test_id("calendar").first.click()
    page.get_by_test_id("cal-state").wait_for()
    page.get_by_test_id("hours").scroll_into_view_if_needed()
    shoot(page, "hours")
    go("history?period=30d", "[data-testid=history-chart] svg")
    shoot(page, "history")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data_dir, open_chromium() as browser:
        server = ConsoleServer(Path(data_dir))
        server.start()
        try:
            month_behind(server)
            take(browser, server, folder)
        finally:
            server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
