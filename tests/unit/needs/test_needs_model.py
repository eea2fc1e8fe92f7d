"""The needs model: its data, its files, and what it makes of a vector; the policy's use of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from actions.mood.reading import Mood
from actions.mood.state import MoodState
from actions.needs.choose import needs_reader
from actions.needs.corpus import load_samples
from actions.needs.errors import NeedsDataError, NeedsModelError
from actions.needs.model import SHIPPED, NeedsModel
from actions.needs.rows import NEEDS, load_phrases
from actions.policy import Candidate, Memory, PolicyConfig, Signals, decide

CONFIG = PolicyConfig.load()


def signals(text: str, **needs: float) -> Signals:
    return Signals(text=text, memory=Memory.empty(), needs=dict.fromkeys(NEEDS, 0.0) | needs)


def test_shipped_phrases_cover_every_need_in_both_languages() -> None:
    phrases = load_phrases()
    for lang in ("zh", "en"):
        counts = {need: sum(need in p.needs for p in phrases if p.lang == lang) for need in NEEDS}
        assert min(counts.values()) >= 20, counts
    assert sum(not p.needs for p in phrases) >= 400


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("# nosuch\nhello\n", "nosuch.*ask_person"),
        ("hello\n", "before the first heading"),
        ("", "holds no phrases"),
    ],
)
def test_wrong_phrases_name_file_and_line(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "zh.txt").write_text(content, encoding="utf-8")
    with pytest.raises(NeedsDataError, match=message):
        load_phrases(tmp_path)


def test_samples_leave_open_what_a_phrase_does_not_say() -> None:
    samples = {sample.text: sample for sample in load_samples()}
    fire = samples["着火了"]
    assert (fire.marks["danger"], fire.marks["hurt"], fire.marks["ask_person"]) == (1, None, 0)


def test_reads_one_dict_a_text_within_bounds() -> None:
    model = NeedsModel.load()
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(3, model.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = model.read(["转人工", "", "x" * 5000], vectors)
    assert [set(needs) for needs in found] == [set(NEEDS)] * 3
    assert all(0.0 <= chance <= 1.0 for needs in found for chance in needs.values())
    assert set(found[1].values()) == {0.0}
    assert model.read([], np.zeros((0, model.dimension), np.float32)) == []
    assert np.isfinite(list(model.read(["?"], np.full((1, model.dimension), np.nan, np.float32))[0].values())).all()


@pytest.mark.parametrize(("name", "message"), [("model.npz", "bytes instead"), ("model.json", "not valid JSON")])
def test_damaged_files_say_how_to_mend(tmp_path: Path, name: str, message: str) -> None:
    for file in ("model.npz", "model.json"):
        (tmp_path / file).write_bytes((SHIPPED / file).read_bytes())
    (tmp_path / name).write_bytes(b"{cut")
    with pytest.raises(NeedsModelError, match=rf"{message}.*python -m actions.needs.train"):
        NeedsModel.load(tmp_path)
    with pytest.raises(NeedsModelError, match="cannot be read"):
        NeedsModel.load(tmp_path / "none")


def test_another_encoder_gets_no_model(caplog: pytest.LogCaptureFixture) -> None:
    class Other:
        name, dimension = "other", 3

    assert needs_reader(Other()) is None  # type: ignore[arg-type]  # only name and dimension are looked at
    assert "word lists alone" in caplog.text


def test_meaning_hands_over_without_any_known_word() -> None:
    decision = decide(signals("屏幕那边换个喘气的过来", ask_person=0.9), CONFIG)
    assert (decision.action, decision.reason) == ("handover", "asked_for_person")
    decision = decide(signals("它把我家地板弄得全黑了还呲呲响", danger=0.9), CONFIG)
    assert (decision.rule, decision.priority) == ("crisis_danger", 3)


def test_words_the_meaning_denies_do_not_count() -> None:
    assert decide(signals("电视里喊：快转接人工，哈哈", ask_person=0.01), CONFIG).action != "handover"
    assert decide(signals("快帮我转接人工", ask_person=0.6), CONFIG).reason == "asked_for_person"


def test_a_refusal_meant_is_heard_and_a_later_request_counts() -> None:
    shy = signals("和程序聊天就挺好别找别人", ask_person=0.55, refuse_person=0.9)
    assert decide(shy, CONFIG).action != "handover"
    turned = signals("不用人工……算了，转人工", ask_person=0.4, refuse_person=0.9)
    assert decide(turned, CONFIG).reason == "asked_for_person"


def test_lookalikes_are_not_overruled_by_meaning() -> None:
    assert decide(signals("人工客服几点上班", ask_person=0.95), CONFIG).action != "handover"
    assert decide(signals("这锅会不会爆炸", danger=0.95), CONFIG).action != "handover"


def test_small_talk_never_counts_as_no_answer() -> None:
    memory = Memory.empty()
    for text in ("今天爬山去了", "腿好酸呀", "风景真好"):
        spoken = replace(signals(text, talk=0.9), memory=memory)
        decision = decide(spoken, CONFIG)
        assert decision.rule == "small_talk"
        memory = memory.update(decision, spoken)
    assert memory.no_answers == 0


def test_who_says_that_the_answer_was_no_help_has_asked_again_in_other_words() -> None:
    turns = (("快递停了五天", 0.9), ("你发的我看过了，还是不动", 0.9), ("我问的是它卡在哪", 0.9))
    seen, memory = [], Memory.empty()
    for number, (text, chance) in enumerate(turns):
        spoken = replace(signals(text, unhelped=chance), memory=memory, faq=(Candidate(f"e{number}", 0.9, "answer"),))
        decision = decide(spoken, CONFIG)
        seen.append((decision.action, decision.rule))
        memory = memory.update(decision, spoken)
    assert seen[0][0] in ("answer", "empathise"), "what opens a talk comes after no answer"
    assert seen[1:] == [("offer", "same_question_2"), ("handover", "same_question_3")]


def test_an_answer_that_helped_between_begins_the_count_anew() -> None:
    memory = Memory(texts=("查物流",), unhelped=1, offers=1)
    thanks = replace(signals("好的那邮费谁出", unhelped=0.1), memory=memory, faq=(Candidate("fee", 0.9, "answer"),))
    decision = decide(thanks, CONFIG)
    assert decision.rule == "faq_answer"
    assert memory.update(decision, thanks).unhelped == 0


def test_no_help_is_no_person_wanted_where_one_was_refused() -> None:
    memory = Memory(texts=("查物流",), unhelped=3, declined=True)
    told = replace(signals("还是没用", unhelped=0.95), memory=memory, faq=(Candidate("track", 0.9, "answer"),))
    assert decide(told, CONFIG).action in ("answer", "empathise")


def test_anger_at_the_weather_is_small_talk() -> None:
    mad = replace(signals("这鬼天气"), mood=Mood(0.1, 0.8, 0.0, "angry", (), 0.1))
    assert decide(mad, CONFIG).rule == "small_talk"


def test_a_told_complaint_is_handed_over_and_a_furious_one_is_anger() -> None:
    told = replace(
        signals("我要投诉你们的师傅把我家地板划坏了还不承认", complaint=0.9), intent="complaint", intent_confidence=0.9
    )
    assert (decide(told, CONFIG).rule, decide(told, CONFIG).reason) == ("complaint_told", "complaint")
    fury = Mood(0.0, 0.97, 0.5, "angry")
    assert decide(replace(told, mood=fury, mood_state=MoodState.empty().update(fury)), CONFIG).reason == "angry"
    bare = replace(told, text="我要投诉")
    assert decide(bare, CONFIG).rule == "complaint_form"


def test_without_the_model_words_decide_as_before() -> None:
    plain = Signals(text="转人工", memory=Memory.empty(), faq=(Candidate("x", 0.9, "answer"),))
    assert decide(plain, CONFIG).reason == "asked_for_person"


def test_a_bare_complaint_is_no_legal_threat_however_near_it_lies() -> None:
    bare = replace(signals("我要投诉", complaint=0.99, legal=0.85), intent="complaint", intent_confidence=0.9)
    assert decide(bare, CONFIG).rule == "complaint_form"
    assert decide(signals("我已经委托人处理了", complaint=0.98, legal=0.96), CONFIG).rule == "topic_legal"
