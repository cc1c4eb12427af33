"""What people put right: laid over what was heard, taken back without a trace, and never trusted blindly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.annotation import annotate
from coachai.correcting import put_right
from coachai.corrections.file import parse_corrections
from coachai.corrections.identity import fingerprint, utterance_ids
from coachai.corrections.shape import corrections_schema
from coachai.corrections.telling import beside, people_put_right
from coachai.corrections.vocabulary import LABELS, PART_KINDS
from coachai.errors import InputRefused
from coachai.measures import measure_all
from coachai.readings import CHOICES, LABEL_NAMES
from coachai.records import Label, LessonPartKind, Measurement, Transcript, Utterance
from coachai.report.codec import encode_transcript
from coachai.roles import with_teacher
from coachai.timeline import total
from coachai.unsure import UNSURE
from tests.lessons import lessons, unhurried
from tests.putting_right import WHEN, corrected, corrections_of, entry, file_of
from tests.timeline import lesson

SCHEMA = Path(__file__).parents[1] / "docs" / "schema" / "corrections.schema.json"

DRAWING = """
  0.0 -  2.0  T: Why does ice float on water?
  5.0 -  7.0 S1: It is lighter than the water.
  8.0 - 10.0  T: Lighter than the water, good.
 11.0 - 12.0  T: Okay?
 14.0 - 16.0 S2: What happens to the level?
 16.0 - 16.5  -
 18.0 - 20.0 S1: It stays the same, I think.
 22.0 - 24.0  T: Talk to your neighbour about it.
"""


@pytest.fixture(scope="module")
def heard() -> Transcript:
    """A short lesson with the machine's labels on it."""
    drawn = lesson(DRAWING, duration=60.0)
    voiced = tuple(replace(each, voice=each.speaker[-1:]) for each in drawn.utterances)
    return annotate(replace(drawn, utterances=voiced))


def at(transcript: Transcript, seconds: float) -> Utterance:
    return next(each for each in transcript.utterances if each.start <= seconds < each.end)


def measured(transcript: Transcript, name: str) -> Measurement:
    return next(each for each in measure_all(transcript) if each.measure == name)


def refusal(heard: Transcript, raw: bytes) -> str:
    with pytest.raises(InputRefused) as refused:
        put_right(heard, parse_corrections(raw, heard))
    return refused.value.message


def test_a_role_is_put_right_with_the_machines_beside_it(heard: Transcript) -> None:
    made = corrected(heard, entry(1, "role", at=14.5, to="teacher"))
    said = at(made, 14.5)
    assert (said.role, said.role_confidence, said.speaker) == ("teacher", 1.0, "Teacher")
    assert [(each.was, each.now, each.who, each.made) for each in said.corrected] == [
        ("student", "teacher", "MR", WHEN)
    ]
    assert measured(made, "question_rate").n == measured(heard, "question_rate").n + 1
    assert at(heard, 14.5).role == "student"


def test_a_name_that_was_kept_stays_and_another_voice_stays_another(heard: Transcript) -> None:
    named = replace(
        heard, utterances=tuple(replace(each, speaker=f"Maria {each.voice}") for each in heard.utterances)
    )
    assert at(corrected(named, entry(1, "role", at=14.5, to="teacher")), 14.5).speaker == "Maria 2"
    assert at(corrected(heard, entry(1, "role", at=8.5, to="student")), 8.5).speaker == "Student r"


def test_a_label_that_a_person_took_away_is_made_by_no_rule(heard: Transcript) -> None:
    assert at(heard, 0).has("question")
    made = corrected(heard, entry(1, "label", at=0.5, label="question", to=False))
    said = at(made, 0)
    assert not said.has("question")
    assert not said.has("open")
    assert Label(name="question", probability=0.0, source="person:MR") in said.labels
    assert measured(made, "question_rate").n == measured(heard, "question_rate").n - 1
    assert annotate(made) == made


def test_a_label_that_a_person_gave_is_certain_and_excludes_its_opposite(heard: Transcript) -> None:
    given_open = corrected(heard, entry(1, "label", at=0.5, label="closed", to=True))
    said = at(given_open, 0)
    assert said.has("closed")
    assert not said.has("open")
    both = corrected(
        heard,
        entry(1, "label", at=0.5, label="closed", to=True),
        entry(2, "label", at=0.5, label="open", to=True),
    )
    assert at(both, 0).has("open")
    assert at(both, 0).has("closed")


def test_words_are_put_right_and_labels_follow_them(heard: Transcript) -> None:
    made = corrected(heard, entry(1, "words", at=18.5, to="Why  would it   stay the same?"))
    said = at(made, 18.5)
    assert said.text == "Why would it stay the same?"
    assert [each.text for each in said.words] == said.text.split()
    assert said.words[0].start == 18.0
    assert said.words[-1].end == 20.0
    assert all(one.end <= other.start for one, other in zip(said.words, said.words[1:], strict=False))
    assert said.has("question")
    assert said.corrected[0].was == "It stays the same, I think."


def test_words_where_there_were_none_count_as_words(heard: Transcript) -> None:
    drawn = lesson(f"{DRAWING}\n 30.0 - 34.0 S2: (nothing)", duration=60.0, coverage=0.5)
    made = corrected(drawn, entry(1, "words", at=30.5, to="It goes down because the ice is on top."))
    gained = 4.0 / total(drawn.speech)
    assert made.words_from.coverage == pytest.approx(0.5 + gained, abs=0.01)
    gone = corrected(drawn, entry(1, "words", at=18.5, to=""))
    assert at(gone, 18.5).text == ""
    assert gone.words_from.coverage < 0.5


def test_words_that_two_hearings_did_not_share_are_sure_once_a_person_wrote_them(heard: Transcript) -> None:
    unsure = Label(name=UNSURE, probability=1.0, source="hearing:twice")
    doubted = replace(
        heard,
        utterances=tuple(
            replace(each, labels=(unsure,)) if each.start == 0 else each for each in heard.utterances
        ),
    )
    assert not at(annotate(doubted), 0).has("question")
    assert at(corrected(doubted, entry(1, "words", at=0.5, to="Why does ice float?")), 0).has("question")


def test_without_marks_a_question_mark_that_a_person_wrote_asks() -> None:
    bare = annotate(lesson("0 - 2 T: the level goes up then\n4 - 5 S1: yes", marks=False))
    assert not at(bare, 0).has("question")
    made = corrected(bare, entry(1, "words", at=0.5, to="the level goes up then?"))
    assert at(made, 0).has("question")
    denied = corrected(
        bare,
        entry(1, "words", at=0.5, to="the level goes up then?"),
        entry(2, "label", at=0.5, label="question", to=False),
    )
    assert not at(denied, 0).has("question")


def test_a_time_is_put_right_and_the_wait_follows(heard: Transcript) -> None:
    wait = measured(heard, "wait_time_1").moments[0].duration
    made = corrected(heard, entry(1, "time", at=0.5, to={"start": 0.0, "end": 1.5}))
    assert at(made, 0).end == 1.5
    assert at(made, 0).words[-1].end == 1.5
    assert measured(made, "wait_time_1").moments[0].duration == pytest.approx(wait + 0.5)
    assert total(made.speech) == pytest.approx(total(heard.speech) - 0.5)
    longer = corrected(heard, entry(1, "time", at=5.5, to={"start": 3.0, "end": 7.0}))
    assert measured(longer, "wait_time_1").moments[0].duration == pytest.approx(wait - 2)


@pytest.mark.parametrize(
    ("where", "start", "end", "says"),
    [
        (0.5, 0.0, 6.0, "runs into the sentence from 5 to 7 s"),
        (5.5, 9.0, 9.5, "runs into the sentence from 8 to 10 s"),
        (5.5, 10.2, 10.9, "runs into the sentence from 8 to 10 s"),
        (14.5, 14.0, 16.4, "no sound"),
        (22.5, 22.0, 61.0, "after the recording's end at 60 s"),
    ],
)
def test_a_time_crosses_neither_neighbours_nor_the_end(
    heard: Transcript, where: float, start: float, end: float, says: str
) -> None:
    raw = file_of(heard, entry(1, "time", at=where, to={"start": start, "end": end}))
    assert says in refusal(heard, raw)
    assert "entry 1 (c1)" in refusal(heard, raw)


def test_neighbours_may_both_move_and_of_two_that_cross_the_later_entry_is_named(heard: Transcript) -> None:
    earlier = entry(1, "time", at=0.5, to={"start": 0.0, "end": 1.0})
    made = corrected(heard, earlier, entry(2, "time", at=5.5, to={"start": 1.2, "end": 7.0}))
    assert [each.start for each in made.utterances[:2]] == [0.0, 1.2]
    raw = file_of(heard, earlier, entry(2, "time", at=5.5, to={"start": 0.5, "end": 7.0}))
    assert refusal(heard, raw).splitlines() == [
        "corrections.json: entry 2 (c2): runs into the sentence from 0 to 1 s"
    ]


def test_parts_are_named_the_later_entry_over_the_earlier(heard: Transcript) -> None:
    made = corrected(
        heard,
        entry(1, "lesson_part", start=10.0, end=50.0, to="group_work"),
        entry(2, "lesson_part", start=20.0, end=30.0, to="whole_class"),
    )
    assert [(each.start, each.end, each.kind) for each in made.parts] == [
        (10.0, 20.0, "group_work"),
        (20.0, 30.0, "whole_class"),
        (30.0, 50.0, "group_work"),
    ]
    assert made.parts[0].correction.was == "independent_work"
    raw = file_of(heard, entry(1, "lesson_part", start=10.0, end=61.0, to="group_work"))
    assert "after the recording's end" in refusal(heard, raw)


def test_the_last_word_holds_and_what_is_taken_back_leaves_no_trace(heard: Transcript) -> None:
    first, second = entry(1, "role", at=14.5, to="teacher"), entry(2, "role", at=14.5, to="unknown")
    undo = entry(3, "undo", undoes="c2")
    assert at(corrected(heard, first, second), 14.5).role == "unknown"
    assert corrected(heard, first, second, undo) == _but_hash(
        corrected(heard, first), heard, first, second, undo
    )
    again = entry(4, "undo", undoes="c3")
    assert at(corrected(heard, first, second, undo, again), 14.5).role == "unknown"
    nothing = corrected(heard, first, entry(2, "undo", undoes="c1"))
    assert encode_transcript(nothing) == encode_transcript(heard)


def _but_hash(made: Transcript, heard: Transcript, *entries: dict[str, Any]) -> Transcript:
    """The transcript with the hash of another file in its provenance."""
    hashes = {**made.provenance.hashes, "corrections": corrections_of(heard, *entries).sha256}
    return replace(made, provenance=replace(made.provenance, hashes=hashes))


def test_provenance_says_how_many_by_whom_and_from_which_file(heard: Transcript) -> None:
    entries = (
        entry(1, "role", at=14.5, to="teacher"),
        entry(2, "role", at=5.5, to="student") | {"who": "AB"},
        entry(3, "label", at=0.5, label="question", to=True),
    )
    made = corrected(heard, *entries)
    assert made.provenance.options["corrections"] == "3 by MR, AB"
    assert made.provenance.hashes["corrections"] == corrections_of(heard, *entries).sha256
    assert people_put_right(made) == "People put 3 things right that the machine heard: AB, MR."
    assert people_put_right(heard) == ""


def test_what_stands_beside_a_value_says_who_and_what_it_was(heard: Transcript) -> None:
    made = corrected(
        heard,
        entry(1, "role", at=14.5, to="teacher"),
        entry(2, "words", at=14.5, to="What is the level?"),
        entry(3, "label", at=0.5, label="question", to=False),
        entry(4, "label", at=0.5, label="press_for_reasoning", to=True),
        entry(5, "time", at=5.5, to={"start": 5.0, "end": 6.5}),
    )
    assert [beside(each) for said in made.utterances for each in said.corrected] == [
        "not: asks a question, says MR (we had said so)",
        "presses for reasoning, says MR (so did we)",
        "time put right by MR (was: 5.000 to 7.000 s)",
        "speaker put right by MR (was: student)",
        "words put right by MR (was: “What happens to the level?”)",
    ]


def test_an_answer_to_whose_voice_leaves_the_corrections_in_place(heard: Transcript) -> None:
    other = with_teacher(heard, "2")
    assert fingerprint(other) == fingerprint(heard)
    made = put_right(other, corrections_of(heard, entry(1, "role", at=14.5, to="student")))
    assert at(made, 14.5).role == "student"
    assert at(made, 14.5).corrected[0].was == "teacher"


def test_a_file_of_another_transcript_is_refused(heard: Transcript) -> None:
    other = lesson(DRAWING.replace("Okay?", "Right?"), duration=60.0)
    assert "belongs to another transcript" in refusal(other, file_of(heard))
    made = corrected(heard, entry(1, "role", at=14.5, to="teacher"))
    with pytest.raises(InputRefused, match=r"give the machine's, transcript\.json"):
        put_right(made, corrections_of(made, entry(1, "role", at=14.5, to="teacher")))


GOOD = entry(1, "role", at=14.5, to="teacher")


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([GOOD | {"to": "techer"}], 'entry 1 (c1): "to" is "techer"; allowed: teacher, student or unknown'),
        ([GOOD, GOOD], 'entry 2: the id "c1" is used twice'),
        ([GOOD | {"wo": "x"}], '"wo" is no key that is known here'),
        ([GOOD | {"what": "rolle"}], 'unknown "what": "rolle"; did you mean "role"?'),
        ([{"id": "c1"}], '"what" is missing'),
        (["role"], 'entry 1: '),
        ([GOOD | {"who": ""}], '"who" is empty'),
        ([GOOD | {"who": "M\u202eR"}], '"who" holds a character that cannot be seen (U+202E)'),
        ([GOOD | {"note": "a\x1b[2Jb"}], '"note" holds a character that cannot be seen (U+001B)'),
        ([GOOD | {"note": "\ud800"}], '"note" holds half a character'),
        ([GOOD | {"note": "x" * 501}], '"note" is longer than 500 characters'),
        ([GOOD | {"when": "yesterday"}], '"when" is no moment with its time zone'),
        ([GOOD | {"when": "2026-03-01T16:20:00"}], '"when" is no moment with its time zone'),
        ([GOOD | {"at": -1}], '"at" cannot be less than 0'),
        ([GOOD | {"at": 1e300}], '"at" is later than a day'),
        ([GOOD | {"at": "14.5"}], '"at" has to be a number of seconds'),
        ([GOOD | {"at": 3.5}], "entry 1 (c1): nobody speaks at 3.5 s"),
        ([GOOD | {"utterance": "u000000000000"}], 'there is no sentence "u000000000000"'),
        ([entry(1, "role", to="teacher")], 'says of no sentence; add "at" (seconds) or "utterance"'),
        ([entry(1, "label", at=0.5, label="qestion", to=True)], 'unknown label "qestion"; did you mean "que'),
        ([entry(1, "label", at=0.5, label="question", to="no")], '"to" has to be true or false'),
        ([entry(1, "time", at=0.5, to={"start": 2.0, "end": 1.0})], "ends before it begins"),
        ([entry(1, "lesson_part", start=5.0, end=5.0, to="group_work")], "ends before it begins"),
        ([entry(1, "undo", undoes="c9")], 'entry 1: there is no entry "c9" before it to take back'),
        ([entry(1, "undo", undoes="c1")], 'there is no entry "c1" before it'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(heard: Transcript, entries: list[Any], says: str) -> None:
    message = refusal(heard, file_of(heard, *entries))
    assert says in message
    assert message.startswith("corrections.json: ")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "line 1: not JSON here"),
        (b'{"kind": "corrections",\n oops}', "line 2: not JSON here"),
        (b"[]", "is no file of corrections"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"kind": "corrections", "kind": "corrections"}', 'the key "kind" stands twice'),
        (b'{"kind": "corrections", "at": NaN}', "NaN is no number that JSON knows"),
        (b'{"kind": "corrections", "at": -Infinity}', "-Infinity is no number"),
        (b'{"kind": "corrections", "at": ' + b"9" * 5000 + b"}", "corrections.json: "),
        (b"[" * 200_000, "nested too deeply"),
        (b" " * 2_000_001, "too large for corrections (2 MB at most)"),
        (b'{"kind": "corrections", "schema_version": 2}', "written by a newer coachai"),
        (b'{"kind": "corrections", "schema_version": 1}', '"transcript_sha256" is missing'),
    ],
)
def test_what_is_no_file_of_corrections_is_refused_in_a_line(
    heard: Transcript, raw: bytes, says: str
) -> None:
    message = refusal(heard, raw)
    assert says in message
    assert "\n" not in message.rstrip() or "missing" in says


def test_too_many_mistakes_do_not_bury_the_first(heard: Transcript) -> None:
    message = refusal(heard, file_of(heard, *(GOOD | {"id": f"c{k}", "to": k} for k in range(50))))
    assert len(message.splitlines()) == 11
    assert message.endswith("and 40 more")


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_KEYS = (
    "id",
    "who",
    "when",
    "what",
    "at",
    "to",
    "from",
    "label",
    "utterance",
    "undoes",
    "start",
    "end",
    "note",
)


@settings(max_examples=300)
@given(st.lists(st.dictionaries(st.sampled_from(_KEYS), _ANYTHING) | _ANYTHING, max_size=4))
def test_whatever_stands_in_the_file_it_is_read_or_refused(entries: list[Any]) -> None:
    heard = lesson("0 - 2 T: Why?\n3 - 4 S1: So.")
    filled = [GOOD | each if isinstance(each, dict) else each for each in entries]
    message = ""
    try:
        put_right(heard, parse_corrections(file_of(heard, *filled), heard))
    except InputRefused as refused:
        message = refused.message
    assert len(message) < 20_000


@st.composite
def corrected_lessons(draw: st.DrawFn) -> tuple[Transcript, list[dict[str, Any]]]:
    """Any lesson, and corrections that fit it."""
    heard = draw(lessons())
    names = utterance_ids(heard.utterances)
    entries: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 6)) if names else 0):
        where = {"utterance": draw(st.sampled_from(names))}
        entries.append(
            draw(
                st.one_of(
                    st.builds(
                        lambda to, w=where, n=number: entry(n, "role", to=to, **w),
                        st.sampled_from(("teacher", "student", "unknown")),
                    ),
                    st.builds(
                        lambda name, to, w=where, n=number: entry(n, "label", label=name, to=to, **w),
                        st.sampled_from(sorted(LABELS)),
                        st.booleans(),
                    ),
                    st.builds(
                        lambda to, w=where, n=number: entry(n, "words", to=to, **w),
                        st.sampled_from(("", "Why is it so?", "It is lighter.", "<b>Ja</b> & nein")),
                    ),
                )
            )
        )
    return heard, entries


@unhurried
@given(corrected_lessons())
def test_once_is_as_twice_and_all_taken_back_is_what_was_heard(
    drawn: tuple[Transcript, list[dict[str, Any]]],
) -> None:
    heard, entries = drawn
    made = corrected(heard, *entries)
    assert corrected(heard, *entries) == made
    assert annotate(made) == made or not entries
    assert [each.id for said in made.utterances for each in said.corrected] == [
        each.id for said in corrected(heard, *entries).utterances for each in said.corrected
    ]
    undone = [entry(100 + k, "undo", undoes=each["id"]) for k, each in enumerate(entries)]
    assert corrected(heard, *entries, *undone) == heard
    for before, after in zip(heard.utterances, made.utterances, strict=True):
        if not after.corrected:
            assert (before.role, before.text, before.start) == (after.role, after.text, after.start)


def test_the_schema_is_the_one_in_the_repository_and_takes_what_we_take(heard: Transcript) -> None:
    assert SCHEMA.read_text(encoding="utf-8") == corrections_schema()
    schema = jsonschema.Draft202012Validator(json.loads(corrections_schema()))
    entries = (
        GOOD | {"from": "student", "note": "I know her voice"},
        entry(2, "label", at=0.5, label="question", to=False, **{"from": True}),
        entry(3, "words", utterance="u0123456789ab", to="So."),
        entry(4, "time", at=5.5, to={"start": 5.0, "end": 6.5}),
        entry(5, "lesson_part", start=10.0, end=50.0, to="group_work"),
        entry(6, "undo", undoes="c2"),
    )
    assert list(schema.iter_errors(json.loads(file_of(heard, *entries)))) == []
    assert list(schema.iter_errors(json.loads(file_of(heard, GOOD | {"to": "techer"})))) != []


def test_every_label_and_part_there_is_can_be_corrected(heard: Transcript) -> None:
    made = {LABEL_NAMES.get(name, name) for names in CHOICES.values() for name in names}
    found = {label.name for each in heard.utterances for label in each.labels}
    assert {*made, *found, "uptake", "question"} - {UNSURE} <= set(LABELS)
    assert set(PART_KINDS) == set(LessonPartKind.__args__)


def test_every_label_that_a_rule_makes_is_known_by_its_name() -> None:
    import re

    rules = Path(__file__).parents[1] / "src" / "coachai" / "annotation"
    text = "".join(each.read_text(encoding="utf-8") for each in rules.glob("*.py"))
    assert set(re.findall(r"""(?:one\(|name=)"([a-z_]+)\"""", text)) <= set(LABELS)


def test_what_a_model_read_falls_where_words_changed_and_it_is_not_here_to_read_again(
    heard: Transcript,
) -> None:
    read = Label(name="uptake", probability=0.7, source="model:talkmoves")
    provenance = replace(heard.provenance, models={"labels": "talkmoves 1"}, hashes={"labels": "0" * 64})
    known = replace(
        heard,
        provenance=provenance,
        utterances=tuple(
            replace(each, readings=(read,)) if each.role == "teacher" else each for each in heard.utterances
        ),
    )
    made = corrected(known, entry(1, "words", at=8.5, to="Lighter than all of the water."))
    assert at(made, 8.5).readings == ()
    assert not at(made, 8.5).has("uptake")
    assert at(made, 0.5).readings == (read,)
    assert "1 corrected sentence not read again" in made.provenance.models["labels"]
    assert corrected(known, entry(1, "words", at=8.5, to="So."), entry(2, "undo", undoes="c1")) == known
