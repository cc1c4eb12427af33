"""A made-up lesson and report that every page test looks at."""

from __future__ import annotations

from coachai.coaching import Advice, Advised, Sentence
from coachai.records import (
    Excluded,
    Finding,
    Measurement,
    Moment,
    Provenance,
    Report,
    RubricReference,
    Transcript,
)
from tests.timeline import lesson

DRAWING = """
  0.5 -  3.0  T: Good morning, everyone.
  3.4 -  5.0  T: Today we look at ice and water.
  5.0 -  7.0  -
  8.0 - 10.5  T: Why does ice float on water?  #question #open
 14.1 - 17.0 S1: Because it is lighter than the water around it.  #reasoning
 17.4 - 19.0  T: Lighter than the water around it, yes.  #restating #uptake
 19.2 - 21.0  T: Is it colder?  #question #closed
 21.5 - 22.2 S2: Yes.
 22.6 - 23.0  T: Okay?  #question #tag
 24.0 - 27.0  T: What happens to the level when it melts?  #question #open
 28.2 - 30.0  T: Does it rise, does it fall?  #question #closed
 31.0 - 33.5 S1: It stays the same, I think.
 33.6 - 36.0 S2: No, it rises, because the ice is on top.  #reasoning
 40.2 - 43.0  T: Talk to your neighbour about that.  #think_prompt
 43.5 - 58.0  *
 59.0 - 62.0  T: What did you find?  #question #open
 66.5 - 70.0 S3: We said <b>it stays</b> & nothing changes.
 70.5 - 72.0  ?: (nothing understood)
 73.0 - 75.0  T: You have not proved it yet.  #yet
"""


def made_up_transcript() -> Transcript:
    """Seventy-five seconds about ice, with a hole in the sound, a chorus and a voice we are unsure of."""
    return lesson(
        DRAWING,
        duration=80.0,
        note="The words come from captions that you gave.",
        coverage=0.97,
    )


def made_up_measurements() -> tuple[Measurement, ...]:
    """A few measurements of every kind: a number, a share, a cannot say, moments only."""
    return (
        Measurement(
            measure="wait_time_1",
            value=1.2,
            low=1.0,
            high=1.4,
            unit="s",
            n=5,
            moments=(
                Moment(start=10.5, end=14.1, label="student"),
                Moment(start=21.0, end=21.5, label="student"),
                Moment(start=27.0, end=28.2, label="new question"),
                Moment(start=30.0, end=31.0, label="student"),
                Moment(start=62.0, end=66.5, label="student"),
            ),
            excluded=(Excluded(start=22.6, end=24.0, reason="a tag question"),),
            note="The middle one of 5 waits.",
            validation="Checked on lessons with known truth: mean error 0.1 s.",
        ),
        Measurement(
            measure="wait_time_1_at_least_3s",
            value=None,
            low=None,
            high=None,
            unit="share",
            n=5,
            note="Fewer than 10 questions, so no percentage.",
        ),
        Measurement(
            measure="talk_ratio", value=0.64, low=0.61, high=0.67, unit="share", n=19, validation="Checked."
        ),
        Measurement(
            measure="wait_time_2",
            value=3.9,
            low=3.8,
            high=4.2,
            unit="s",
            n=2,
            moments=(Moment(start=36.0, end=40.2, label="teacher speaks"),),
        ),
        Measurement(
            measure="restating",
            value=None,
            low=None,
            high=None,
            unit="moments",
            n=1,
            moments=(Moment(start=17.4, end=19.0, label="restates"),),
            note="Shown as moments, never as a count.",
        ),
    )


def made_up_findings() -> tuple[Finding, ...]:
    """One finding of each outcome; every suggestion is a sentence no evaluator may read."""
    return (
        Finding(
            criterion="waits-after-asking",
            outcome="mixed",
            message="After 2 open questions there were 3 seconds or more of quiet; after 1 there were not.",
            suggestion="Count silently to five after your next open question.",
            moments_for=(
                Moment(start=10.5, end=14.1, label="3.6 s, then a student answered"),
                Moment(start=62.0, end=66.5, label="4.5 s, then a student answered"),
            ),
            moments_against=(Moment(start=27.0, end=28.2, label="1.2 s, then a new question"),),
        ),
        Finding(
            criterion="waits-after-students",
            outcome="found",
            message="After a student spoke there was once a long pause.",
            suggestion="Show this moment when you submit.",
            moments_for=(Moment(start=36.0, end=40.2, label="4.2 s after a student"),),
        ),
        Finding(
            criterion="recovers",
            outcome="cannot_tell",
            message="No question stayed unanswered, so there was nothing to recover from.",
            suggestion="Nothing to do here.",
        ),
        Finding(
            criterion="discussion-improved",
            outcome="for_evaluator",
            message="Whether the discussion improved is for a person to judge.",
            suggestion="",
        ),
    )


def made_up_report() -> Report:
    """The whole of it."""
    transcript = made_up_transcript()
    return Report(
        recording=transcript.recording,
        rubric=RubricReference(id="wait-time", version="1", title="Wait time", sha256="f" * 64),
        transcript=transcript,
        measurements=made_up_measurements(),
        findings=made_up_findings(),
        provenance=Provenance(coachai="0.1.0", options={"rubric": "wait-time"}),
    )


def made_up_advice() -> Advice:
    """A strength and a step with their moments, and the line on trust."""
    shown = Moment(start=10.5, end=14.1, label="3.6 s of quiet")
    short = Moment(start=27.0, end=28.2, label="1.2 s of quiet")
    return Advice(
        strength=_said("After “Why does ice float on water?” you stayed quiet for 3.6 s.", shown),
        next_step=_said("Next time: count silently to five after an open question.", short),
        trust=_said("Mostly: the words come from captions, and the sound is clear."),
    )


def _said(text: str, *moments: Moment) -> Advised:
    return Advised(sentences=(Sentence(text=text, moments=moments),))
