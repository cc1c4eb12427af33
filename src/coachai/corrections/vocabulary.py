"""The labels and parts that a person may correct, each in words for people."""

from __future__ import annotations

from collections.abc import Mapping

from coachai.records import LessonPartKind

LABELS: Mapping[str, str] = {
    "question": "asks a question",
    "tag": "only checks, like “okay?”",
    "open": "an open question",
    "closed": "a closed question",
    "nomination": "calls on somebody by name",
    "think_prompt": "gives time to think",
    "whole_class": "asks everybody for a sign",
    "management": "not about the lesson's content",
    "keeping_everyone_together": "keeps everyone together",
    "getting_students_to_relate": "gets students to relate to each other's ideas",
    "restating": "restates a student's words",
    "revoicing": "revoices a student's idea",
    "press_for_accuracy": "presses for accuracy",
    "press_for_reasoning": "presses for reasoning",
    "uptake": "takes up what a student said",
    "focusing": "follows a student's thinking",
    "funneling": "leads towards an answer",
    "process_praise": "praises what was done",
    "person_praise": "praises the person",
    "yet": "says “not yet”",
    "corrects_error": "corrects an error",
    "relating_to_another_student": "relates to another student's idea",
    "asking_for_more_information": "asks for more information",
    "making_a_claim": "makes a claim",
    "reasoning": "gives a reason or a way",
}
"""Every label that rules or models give, by name, but `unsure`, which is about words and goes with them."""

EXCLUDED_BY: Mapping[str, str] = {"open": "closed", "closed": "open"}
"""Who says that a question is one of these says that it is not the other."""

PART_KINDS: Mapping[LessonPartKind, str] = {
    "whole_class": "whole-class talk",
    "group_work": "group work",
    "independent_work": "independent work",
}
"""What a stretch of a lesson can be named."""
