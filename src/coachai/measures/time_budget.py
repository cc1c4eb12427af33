"""Time budget: how the recording's time divides.

Definition: four exclusive classes that fill the recording: the teacher speaks, one student speaks,
several voices at once (choruses, group work), and no speech. The shares add up to 1.
How computed: from the speech regions and who speaks in them; missing sound is not counted. Speech of
which we cannot tell whose it is, is divided among the three classes of speech as the rest of the speech
is, and the interval covers every other division.
Limits: quiet voices far from the microphone count as no speech. Group talk is never counted as student
talk or as silence.
Source: Flanders 1970; Owens et al. 2017 (DART); TeachFX's four kinds of time.
"""

from __future__ import annotations

from collections.abc import Mapping

from coachai.measures.measure import NO_STUDENT, Measure, cannot_say, moment, teacher_known
from coachai.records import Measurement, Transcript
from coachai.timeline import total
from coachai.turns import group_work, long_silences, time_by_class
from coachai.uncertainty import enclosing, time_draws

_CLASSES = {
    "teacher": "teacher_time",
    "student": "student_time",
    "several": "several_voices_time",
    "silence": "no_speech_time",
}
_UNKNOWN_TEACHER = "We could not tell which voice is the teacher's."
_UNCLEAR = 0.1


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """The shares of the teacher, one student, several voices and no speech in the recording's time."""
    classes = time_by_class(transcript)
    seconds = {each: total(getattr(classes, each)) for each in (*_CLASSES, "unknown")}
    whole = sum(seconds.values())
    if whole == 0:
        return tuple(cannot_say(name, "share", "There is no sound to look at.") for name in _CLASSES.values())
    shares = {each: spent / whole for each, spent in _divided(seconds).items()}
    drawn = time_draws(transcript, seconds)
    moments = {
        "several": tuple(moment(each, "several voices") for each in group_work(transcript)),
        "silence": tuple(moment(each, "no speech") for each in long_silences(transcript)),
    }
    unclear = seconds["unknown"] / whole
    note = f"For {unclear:.0%} of the time we cannot tell who speaks." if unclear >= _UNCLEAR else ""
    measurements = []
    for each, name in _CLASSES.items():
        if each in ("teacher", "student") and not teacher_known(transcript):
            measurements.append(cannot_say(name, "share", _UNKNOWN_TEACHER))
            continue
        if each == "student" and seconds["student"] + seconds["unknown"] == 0:
            measurements.append(cannot_say(name, "share", NO_STUDENT))
            continue
        low, high = enclosing(drawn[each] / whole, shares[each])
        measurements.append(
            Measurement(
                measure=name,
                value=shares[each],
                low=low,
                high=min(high, 1.0),
                unit="share",
                n=len(getattr(classes, each)),
                moments=moments.get(each, ()),
                note=note,
            )
        )
    return tuple(measurements)


def _divided(seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds of the four classes, unknown speech divided as the known speech is."""
    speech = {each: seconds[each] for each in ("teacher", "student", "several")}
    known = sum(speech.values())
    unknown = seconds["unknown"]
    if known == 0:
        return {"teacher": unknown / 2, "student": unknown / 2, "several": 0.0, "silence": seconds["silence"]}
    divided = {each: spent * (1 + unknown / known) for each, spent in speech.items()}
    return divided | {"silence": seconds["silence"]}


MEASURE = Measure(
    name="time_budget",
    yields={
        "teacher_time": "You speak",
        "student_time": "One student speaks",
        "several_voices_time": "Several voices at once",
        "no_speech_time": "Nobody speaks",
    },
    rests_on="sound",
    compute=compute,
    needs_teacher=False,
)
