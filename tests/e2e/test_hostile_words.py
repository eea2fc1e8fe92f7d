"""Markup in every field that a person can fill shows as text, at the widget and on every page of the console; and no
page of the customer's side needs, or gets, an inline script."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import httpx
import pytest
from console_desk import Desk, browser, claim, desk, line_of, reply, server
from console_server import PASSWORD, ConsoleServer
from playwright.sync_api import Page, expect
from test_console_customer import conversation_of, customer_at_the_shop

from handoff.canned import TEAM, CannedReply
from handoff.console.sections import SECTIONS
from handoff.conversation import Agent, Role
from handoff.store.casework import Profile
from handoff.store.wording import WordingRule

__all__ = ["browser", "desk", "server"]  # fixtures

pytestmark = pytest.mark.browser

RUN = "window.pwned=1"
EVIL = f"\"'><img src=x onerror={RUN}><script>{RUN}</script>{{{{constructor.constructor('{RUN}')()}}}}"
NAME = f"<img src=x onerror={RUN}>"
CUSTOMER_PAGES = ("/demo/", "/demo/en.html", "/demo/embed.html", "/demo/preview.html")
# Everywhere, from the first byte on: what runs that should not, and what the policy had to stop.
WATCH = (
    "window.stopped = []; addEventListener('securitypolicyviolation', (e) => window.stopped.push(e.violatedDirective))"
)


@dataclass
class Watched:
    """A page that tells when markup became nodes, ran, or was stopped by the policy."""

    page: Page
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(WATCH)
        self.page.evaluate(WATCH)  # where it is already
        self.page.on("dialog", lambda dialog: pytest.fail("a text ran a script"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def harmless(self) -> bool:
        """Nothing ran, no node was made of a text (in shadow roots too), nothing was fetched for one."""
        made = self.page.locator('img[src="x"], script:text("pwned")').count()
        ran = self.page.evaluate("[window.pwned ?? null, ...window.stopped]")
        return made == 0 and ran == [None] and not any(url.endswith("/x") for url in self.asked)


def boss_of(desk: Desk) -> Agent:
    return desk.server.agent(f"boss-{desk.lin.id[:6]}", NAME, Role.ADMIN)


def fill_everything(desk: Desk, boss: Agent, conv_id: str) -> None:
    """Whatever a person can write, besides what the test types itself."""
    services, call = desk.server.services, desk.server.call
    call(services.casework.save_profile(boss, conv_id, Profile(NAME, NAME, NAME, EVIL)))
    complaint = call(services.casework.file_complaint(boss, conv_id, 2, EVIL))
    assert complaint.text == EVIL
    call(
        services.canned.save(boss, CannedReply(f"{RUN}<b>", EVIL.replace("{", "(").replace("}", ")"), "zh", NAME, TEAM))
    )
    call(services.wording.save(boss, WordingRule(f"{NAME}词", EVIL, EVIL, (f"{NAME}词{EVIL}",))))
    call(services.team.set_routing(boss, desk.lin.name, [NAME], [], 5))
    calendar = {
        "zone": "Asia/Shanghai",
        "weekly": {},
        "extra": [{"date": "2030-01-01", "hours": ["09:00-18:00"], "name": EVIL}],
    }
    always = {"zone": "Asia/Shanghai", "weekly": {"mon-sun": ["00:00-24:00"]}}
    call(
        services.team.set_hours(
            boss, {"default": "all", "calendars": {"all": always, NAME: calendar}, "skills": {NAME: NAME}}
        )
    )
    words = {lang: {"title": NAME[:40], "greeting": EVIL, "suggestions": [NAME]} for lang in ("zh", "en")}
    call(services.widget.save(boss, {"words": words}))


def left_behind(server: ConsoleServer) -> None:
    """A customer who waited in vain and left words."""
    conv_id = server.customer()
    server.line(conv_id, "customer", EVIL)
    order = {"order_number": EVIL, "order": {"status": EVIL, "item": EVIL, EVIL: EVIL}, EVIL: EVIL}
    faq = [{"id": "x", "question": EVIL, "score": 0.5}]
    server.hand_over(conv_id, "no_answer", EVIL, last_ask=EVIL, slots=order, ticket={EVIL: EVIL}, faq=faq)
    server.call(server.services.gateway.leave_message(conv_id, "left-by-evil", EVIL[:100], EVIL))


@pytest.mark.long
def test_markup_in_every_field_is_text_on_every_page(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    boss = boss_of(desk)
    left_behind(desk.server)
    shop = Watched(customer_at_the_shop(desk))
    chat = shop.page
    conv_id = conversation_of(chat)
    fill_everything(desk, boss, conv_id)
    console = Watched(desk.page())
    agent = console.page
    agent.goto(f"{desk.server.origin}/console/login")
    agent.get_by_test_id("login-name").fill(boss.name)
    agent.get_by_test_id("login-password").fill(PASSWORD)
    agent.get_by_test_id("login-submit").click()
    claim(agent, conv_id)
    named = tmp_path_factory.mktemp("files") / "<img src=x onerror=pwned=1>.txt"
    named.write_text("harmless", encoding="utf-8")
    chat.get_by_test_id("file-input").set_input_files(named)
    chat.get_by_test_id("input").fill(EVIL)
    chat.get_by_test_id("send").click()
    expect(agent.get_by_test_id("thread")).to_contain_text(EVIL)
    expect(agent.get_by_test_id("thread")).to_contain_text(
        "img src=x onerror=pwned=1.txt"
    )  # any name becomes a safe one
    reply(agent, EVIL)
    expect(chat.get_by_test_id("message-agent").last).to_contain_text(EVIL)
    expect(chat.get_by_test_id("agent-name")).to_have_text(NAME)
    agent.get_by_test_id("mode-note").click()
    reply(agent, EVIL)
    expect(agent.get_by_test_id("note").last).to_contain_text(EVIL)
    expect(agent.get_by_test_id("profile")).to_contain_text(EVIL)
    expect(agent.get_by_test_id("complaint").first).to_contain_text(EVIL)
    agent.get_by_test_id("mode-reply").click()
    agent.get_by_test_id("reply-input").fill("/")
    expect(agent.get_by_test_id("reply-palette")).to_contain_text(NAME)
    agent.get_by_test_id("reply-input").fill("")
    agent.get_by_test_id("tab-mine").click()
    expect(line_of(agent, conv_id)).to_contain_text("window.pwned")
    agent.get_by_test_id("close").click()
    agent.get_by_test_id("close-tags").fill(EVIL.replace(",", ""))
    agent.get_by_test_id("confirm-yes").click()
    chat.get_by_test_id("rating-1").check(force=True)
    chat.get_by_test_id("rating-comment").fill(EVIL)
    chat.get_by_test_id("rating-send").click()
    assert shop.harmless()
    for section in SECTIONS.values():
        agent.goto(f"{desk.server.origin}/console/{section.path}")
        expect(agent.locator("main, [role=main], .frame-main").first).to_be_visible()
        agent.wait_for_load_state("networkidle")
        if section.name in ("followups", "replies", "settings", "widget", "people", "audit"):
            shown = agent.locator(".frame-main").evaluate(
                "main => main.innerText + [...main.querySelectorAll('input, textarea')].map(one => one.value).join()"
            )
            assert "onerror=window.pwned=1" in shown, section.name
        assert console.harmless(), section.name


def test_the_customers_pages_bear_the_strictest_policy(desk: Desk) -> None:
    for path in (*CUSTOMER_PAGES, "/widget.js", "/api/v1/web/look"):
        answer = httpx.get(desk.server.origin + path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy and "default-src 'self'" in policy and "object-src 'none'" in policy, path
        assert answer.headers["x-content-type-options"] == "nosniff"
        if path in CUSTOMER_PAGES:
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", answer.text), path
    page = Watched(customer_at_the_shop(desk))
    page.page.get_by_test_id("leave-message").click()
    page.page.get_by_test_id("contact").fill("a@example.com")
    page.page.get_by_test_id("leave-text").fill("请回电")
    page.page.get_by_test_id("leave-send").click()
    expect(page.page.get_by_test_id("leave")).to_have_count(0)
    assert page.harmless()
    inline = f"document.body.append(Object.assign(document.createElement('script'), {{ textContent: '{RUN}' }}))"
    page.page.evaluate(inline)
    assert page.page.evaluate("[window.pwned ?? null, ...window.stopped]") == [None, "script-src-elem"]
    page.page.reload()
    for path in CUSTOMER_PAGES:
        page.page.goto(desk.server.origin + path)
        assert page.page.evaluate("window.stopped") == [], path
