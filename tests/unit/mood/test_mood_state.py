"""The conversation's mood gathers, fades and does not flicker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actions.mood.reading import LABELS, Label, Mood
from actions.mood.state import DEFAULT_PARAMS, Level, MoodState, StateParams


def feel(anger: float, valence: float = 0.2, directed: float = 1.0, label: Label = "negative") -> Mood:
    return Mood(valence=valence, anger=anger, label=label, directed=directed)


def levels(*moods: Mood, params: StateParams = DEFAULT_PARAMS) -> list[Level]:
    state, seen = MoodState.empty(), []
    for mood in moods:
        state = state.update(mood, params)
        seen.append(state.level)
    return seen


NEUTRAL = Mood()
HARSH, FURIOUS = feel(0.6), feel(0.85, 0.02)


def test_one_harsh_word_is_not_yet_anger() -> None:
    assert levels(NEUTRAL, HARSH, NEUTRAL, NEUTRAL, NEUTRAL) == ["calm", "tense", "tense", "tense", "tense"]


def test_harshness_again_and_again_is_anger() -> None:
    assert levels(HARSH, HARSH)[-1] == "angry"
    assert levels(*[feel(0.4, 0.25)] * 4)[-1] == "angry"


def test_one_furious_message_is_enough_unless_switched_off() -> None:
    assert levels(FURIOUS) == ["angry"]
    assert levels(FURIOUS, params=StateParams(outburst=1.01)) == ["tense"]


def test_fury_at_a_third_party_does_not_count() -> None:
    assert set(levels(*[feel(0.95, 0.02, directed=0.1)] * 3)) == {"calm"}


def test_noise_never_adds_up() -> None:
    assert set(levels(*[feel(0.2, 0.45)] * 50)) == {"calm"}


def test_a_level_is_left_lower_than_it_is_entered() -> None:
    state = MoodState.empty()
    for _ in range(2):
        state = state.update(HARSH)
    entered = state.evidence
    state = state.update(NEUTRAL)
    assert DEFAULT_PARAMS.angry_leave <= state.evidence < DEFAULT_PARAMS.angry_enter < entered
    assert state.level == "angry"
    assert state.trend < 0 < state.peak


def test_good_news_calms() -> None:
    assert levels(HARSH, feel(0.0, 1.0, label="positive"), feel(0.0, 1.0, label="positive"))[-1] == "calm"


UNIT = st.floats(0, 1)


@given(st.lists(st.builds(Mood, UNIT, UNIT, UNIT, st.sampled_from(LABELS), st.just(()), UNIT), max_size=20))
def test_any_conversation_survives_storage(moods: list[Mood]) -> None:
    state = MoodState.empty()
    for mood in moods:
        state = MoodState.from_dict(state.update(Mood.from_dict(mood.to_dict())).to_dict())
        assert 0 <= state.evidence <= 10
    assert state.turns == len(moods)


@given(
    st.dictionaries(
        st.sampled_from(["evidence", "level", "trend", "turns", "anger", "label", "spans"]), st.from_type(object)
    )
)
def test_odd_stored_values_read_as_empty_ones(data: dict[str, object]) -> None:
    assert MoodState.from_dict(data).evidence >= 0
    assert Mood.from_dict(data).label in LABELS
    assert MoodState.from_dict(None) == MoodState.empty()
    assert Mood.from_dict(None) == Mood()
