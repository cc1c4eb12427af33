"""What is labelled a question, a tag, open or closed: example tables."""

from __future__ import annotations

import pytest

from coachai.annotation import annotate
from coachai.annotation.asking import asking
from coachai.annotation.wording import tokens
from coachai.records import Label
from tests.timeline import lesson


def labels(said: str, *, who: str = "T", after: str = "", marks: bool = True) -> set[str]:
    """The labels of one sentence, perhaps with a student's after it."""
    rows = [f"0-2 {who}: {said}"] + ([f"3-4 S1: {after}"] if after else [])
    return {each.name for each in annotate(lesson("\n".join(rows), marks=marks)).utterances[0].labels}


@pytest.mark.parametrize("said", ["Why?", "You have seven, right?", "Is it “four?”", "Really?!", "Okay?"])
def test_with_marks_a_final_question_mark_asks(said: str) -> None:
    assert "question" in labels(said)


@pytest.mark.parametrize("said", ["Why does it float.", "Is it? I think so.", "What we do is add.", "Okay."])
def test_with_marks_nothing_else_asks(said: str) -> None:
    assert "question" not in labels(said)


@pytest.mark.parametrize(
    "said",
    [
        "what is the denominator",
        "so how many times can i fit two into eight",
        "okay do you agree with her",
        "how about the next one",
        "can anybody tell me what comes next",
        "so you got three right",
        "and then we divide by what",
        "what's seven times eight",
        "is it bigger or smaller",
        "does that make sense",
        "kyle what do you think",
    ],
)
def test_without_marks_wording_asks(said: str) -> None:
    assert "question" in labels(said, marks=False)


@pytest.mark.parametrize(
    "said",
    [
        "tell me what you did",
        "i know what you mean",
        "what we do next is add the tops",
        "when you divide you get a half",
        "let's look at the next one",
        "okay",
        "all right",
        "that's how we find it",
        "write down what you see",
        "the numerator is on top",
    ],
)
def test_without_marks_clauses_orders_and_bare_okay_do_not_ask(said: str) -> None:
    assert "question" not in labels(said, marks=False)


def test_a_student_speaking_next_makes_a_question_likelier() -> None:
    words = tokens("so the number is")
    assert asking(words, answered=True) > asking(words, answered=False)


def test_every_unmarked_probability_is_one() -> None:
    heard = annotate(lesson("0-1 T: what is it who is it\n2-3 S1: why is that", marks=False))
    for utterance in heard.utterances:
        assert all(0.5 <= label.probability <= 0.95 for label in utterance.labels if label.name == "question")
        assert utterance.has("question")


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("Okay?", True),
        ("Right?", True),
        ("Got it?", True),
        ("Makes sense?", True),
        ("Why?", False),
        ("Seven?", False),
        ("Maria?", False),
        ("Does that make sense?", False),
    ],
)
def test_a_tag_is_a_checking_question_of_at_most_two_words(said: str, tag: bool) -> None:
    found = labels(said)
    assert "question" in found
    assert ("tag" in found) is tag


def test_a_tag_without_asking_is_no_tag() -> None:
    assert labels("Okay.") == set()


@pytest.mark.parametrize(
    "said",
    [
        "Why does ice float?",
        "How do you know?",
        "What do you think, Maria?",
        "What did you notice about the graph?",
        "How could we find the height?",
        "What would happen if we doubled it?",
        "What's your strategy?",
        "Can somebody explain that?",
        "What if it were negative?",
    ],
)
def test_open_questions_invite_a_thought(said: str) -> None:
    assert {"open", "closed"} & labels(said) == {"open"}


@pytest.mark.parametrize(
    "said",
    [
        "How many are left?",
        "Is it four?",
        "What is seven times eight?",
        "Which one is bigger?",
        "Did you get the same?",
        "How much is that?",
        "Why don't you come up here?",
        "What number goes here?",
    ],
)
def test_closed_questions_invite_a_word_or_two(said: str) -> None:
    assert {"open", "closed"} & labels(said) == {"closed"}


@pytest.mark.parametrize("said", ["Okay?", "Maria?", "Ice floats."])
def test_tags_bare_names_and_statements_are_neither(said: str) -> None:
    assert not {"open", "closed"} & labels(said)


def test_a_person_s_label_stays_and_is_not_doubled_and_annotating_twice_changes_nothing() -> None:
    heard = lesson("0-1 T: Why?")
    by_hand = Label(name="question", probability=1.0, source="A. Person")
    (utterance,) = annotate(_with(heard, by_hand)).utterances
    assert [each for each in utterance.labels if each.name == "question"] == [by_hand]
    once = annotate(heard)
    assert annotate(once) == once


def _with(heard, label):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(heard, utterances=tuple(replace(each, labels=(label,)) for each in heard.utterances))
