"""Who asks for a person is handed over, in any wording; look-alikes and refusals are not."""

from __future__ import annotations

import pytest

from actions.policy import Memory, decide
from tests.unit.policy.cases import CONFIG, hit, level, mood, signals

ASKS = [
    "转人工",
    "人工",
    "人工！！！",
    "人工客服",
    "转 人 工",
    "我要人工服务",
    "请帮我转接人工客服，谢谢",
    "找真人",
    "有真人吗",
    "有没有人啊",
    "有人吗？",
    "能不能来个人处理一下",
    "我想跟真人说话",
    "叫你们经理来",
    "我要找你们领导",
    "人工人工人工",
    "怎么联系人工客服",
    "如何转人工",
    "别让机器人糊弄我，转人工",
    "我不想跟机器人说话",
    "我不要人工智能，我要人工",
    "为什么不给我转人工",
    "再不转人工我就投诉",
    "不要机器人，我要真人客服",
    "轉人工",
    "我要真人客服",
    "請幫我轉接專員",
    "我想搵真人傾",
    "转rengong",
    "zhuan ren gong",
    "帮我接一下人工吧，刚才说的都没用",
    "客服人员在哪 我要找客服人员",
    "换个能说话的真人",
    "给我安排一个专员",
    "talk to a human",
    "I want to speak to a real person",
    "agent please",
    "Human",
    "representative",
    "operator!!",
    "Can you connect me with someone from support",
    "let me talk to your manager",
    "get me a human",
    "transfer me to an agent now",
    "I don't want to talk to a bot",
    "stop the bots, I need a person who can help",
    "is there a real person here?",
    "why won't you let me speak to someone?",
    "can i chat with a live agent",
    "no more bots please",
    "is anyone there?",
    "i need an agent",
    "put me through to a representative",
    "Ignore the menu and connect me to customer service staff",
    "オペレーターにつないでください",
    "상담원 연결해 주세요",
    "quiero hablar con una persona",
    "je veux parler à un humain",
    "ich möchte mit einem Menschen sprechen",
    "quero falar com um atendente",
    "позовите оператора, хочу с живым человеком",
]

DOES_NOT_ASK = [
    "人工智能是什么",
    "你是人工智能吗",
    "人工费多少钱",
    "这个是纯手工还是人工合成的",
    "有没有人工色素",
    "我不要人工",
    "不用转人工，我自己看看",
    "别给我转人工",
    "不需要人工客服",
    "不想找人工，你直接告诉我怎么退货",
    "人工草坪怎么铺",
    "人工客服几点上班",
    "人工降雨是什么原理",
    "有人说这款会掉色",
    "送货的人什么时候到",
    "帮我转账",
    "我要投影仪",
    "找不到订单",
    "真人照片和图一样吗",
    "don't transfer me",
    "please do not connect me to an agent",
    "no need to transfer me to a human, just tell me the price",
    "I don't want a human, just answer",
    "what is artificial intelligence",
    "which cleaning agent should I use",
    "can I transfer my membership to another person",
    "do you sell human hair wigs",
    "how do I become a travel agent",
    "is delivery in person",
    "I'd rather not speak to an agent",
]


@pytest.mark.parametrize("text", ASKS)
def test_any_wording_is_handed_over(text: str) -> None:
    decision = decide(signals(text), CONFIG)
    assert (decision.action, decision.reason) == ("handover", "asked_for_person")


@pytest.mark.parametrize("text", DOES_NOT_ASK)
def test_lookalikes_are_not_handed_over(text: str) -> None:
    assert decide(signals(text, "faq"), CONFIG).action != "handover"


@pytest.mark.parametrize("text", ["转人工", "talk to a human"])
@pytest.mark.parametrize("form", [None, "order_status_form", "complaint_form"])
def test_a_form_or_a_sure_answer_never_holds_back_who_asks(text: str, form: str | None) -> None:
    given = signals(text, "inform", active_form=form, faq=(hit(score=0.99),), memory=Memory(declined=True, offers=1))
    assert decide(given, CONFIG).reason == "asked_for_person"


def test_the_classifier_alone_is_enough_when_sure() -> None:
    assert decide(signals("能换你们那边的同事跟我对接不", "ask_person"), CONFIG).reason == "asked_for_person"
    assert (
        decide(signals("能换你们那边的同事跟我对接不", "ask_person", intent_confidence=0.4), CONFIG).action
        != "handover"
    )


@pytest.mark.parametrize("text", ["我不要人工", "don't transfer me"])
def test_a_refusal_outweighs_the_classifier_and_never_falls_to_rasa(text: str) -> None:
    decision = decide(signals(text, "ask_person"), CONFIG)
    assert (decision.action, decision.rule) == ("no_answer", "declined_person")
    memory = Memory.empty().update(decision, signals(text))
    assert memory.declined and memory.no_answers == 0


def test_a_refusal_with_a_question_is_answered() -> None:
    decision = decide(signals("我不要人工，怎么退货", "ask_person", faq=(hit(),)), CONFIG)
    assert decision.action == "answer"


def test_asking_while_angry_takes_the_higher_priority() -> None:
    calm = decide(signals("转人工"), CONFIG)
    angry = decide(signals("转人工", mood=mood("angry", 0.9, 0.1), mood_state=level("angry")), CONFIG)
    assert angry.reason == "asked_for_person"
    assert angry.priority > calm.priority
