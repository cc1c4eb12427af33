"""How a teacher gets answers: `think_prompt`, `whole_class`, and `management` for what is not about content.

Word rules, read against TalkMoves lessons but not validated by labels; `management` is conservative,
because it takes a question out of the waits.
"""

from __future__ import annotations

from coachai.annotation.wording import Labels, joined, one, phrases, tokens
from coachai.records import Label, Transcript

_THINK = phrases(
    r"""
    {give} {some}*(?:minutes?|moments?|seconds?|think time|time to (?:think|talk))
    turn and talk
    turn (?:to your|and (?:tell|share|discuss))
    talk {with} {mates}
    talk about (?:it|this|that) with {mates}
    (?:discuss|share|chat|check|compare)(?: \S+){0,4} with {mates}
    pair up
    think pair share
    stop and (?:think|jot)
    think (?:to yourself|in your head|quietly|silently|for a)
    {telling} think (?:about|through)
    ^(?:okay |all right |so |now |just )*think (?:about|back|through)
    close your eyes and
    jot (?:it |that |them |your \w+ )?down
    quick write
    ^(?:\S+ ){0,3}?{telling} write {object}
    ^write {object}
    write (?:it |that |this |them |your \w+ )?down
    """,
    give="take|give you|you have|you've got|have",
    some=r"(?:an?|about|the|your|another|one|two|three|four|five|ten|fifteen|twenty|thirty|sixty|\d+|"
    r"few|couple|next|just|more|of|good|quick|some) ",
    **{"with": "to|with|it over with"},
    mates=r"(?:your|a|the|each|one)(?: \S+)? (?:partners?|neighbou?rs?|tables?|groups?|teams?|person|"
    r"mates?|other|another)|your (?:partners?|neighbou?rs?|tables?|groups?|teams?)|someone|"
    r"somebody|each other|one another",
    telling="want you to|like you to|guys to|please|go ahead and|everybody|everyone",
    object="down|your|what you|one thing|a sentence|about",
)
"""Time to think, write or talk is being given."""

_NO_THINK = phrases(
    r"""
    {asking} (?:do|did|does|would) (?:you|we|he|she|they) (?:guys )?think
    i(?:'m| am|'ll| will)? (?:just )?(?:going to |gonna )?write
    (?:wait|hold on|give me|just) (?:for )?(?:just )?(?:a|one) (?:second|minute|moment)$
    i need an? (?:\S+ )?(?:minute|second|moment)
    we (?:only )?have (?:\S+ ){0,3}(?:minutes?|seconds?)
    i took
    (?:won't|don't|not|if you) (?:\S+ ){0,3}?(?:talk|think|write|turn|share|discuss)
    (?:i|we|he|she|they) (?:\S+ )?(?:wrote|write|talked|turn|turned)
    tonight
    """,
    asking="what|how|who|why|did|do|does|would|could",
)

_EVERYONE = phrases(
    r"""
    thumbs? (?:up|down|sideways|to the)
    (?:your|a|with) thumbs?
    show me (?:\S+ ){0,3}(?:fingers?|thumbs?|hands?)
    on your fingers
    fist (?:to|of) five
    show of hands
    hands? up if
    hands up
    raise (?:your|a) hands? (?:if|for)
    put (?:your hands? up|up your hands?) if
    how many of you
    how many (?:people|friends|students) {knows}
    {do} (?:everyone|everybody|you all|we all|all of you)
    do (?:we|you guys|you all) (?:all )?agree
    agree or disagree
    who (?:else )?{knows}
    (?:anyone|anybody) (?:dis)?agree
    (?:everyone|everybody) {acts}
    all together
    whole class
    say it (?:together|with me)
    repeat after me
    (?:on|count of) three
    (?:hold up|show me|show) your (?:white ?boards?|boards?|answers?|cards?)
    (?:white ?boards?|boards) up
    (?:what|how) do (?:you all|you guys|we all) think
    """,
    do="do|does|did|is|are|can|has|have",
    knows="agrees?|disagrees?|thinks?|thought|got|get|has|have|had|knows?|remembers?|sees?|noticed|notice",
    acts="say|show|tell|read|repeat|together|agree|see|got|understand|with me|okay|ready|point|hold",
)
"""Everybody is asked for a sign or an answer; asking who wants to (volunteers) is not that."""

_ROUTINE = phrases(
    r"""
    {can} {you}(?: all| guys)? (?:hear (?:me|us)|see me|see (?:my|the) (?:screen|board)|see it okay)
    {do} {you}(?: all| guys| not)? (?:\S+ ){0,3}{things}
    (?:who|anyone|anybody|who else) (?:still )?(?:needs?|wants?|doesn't have|is missing) (?:\S+ ){0,2}{things}
    {can} {you}(?: please| all| just)* {move}
    (?:bathroom|restroom|nurse|absent|attendance|fire drill)
    where(?:'s| is| are) your (?:\S+ )?{things}
    what time is it
    what page
    are (?:you|we) (?:guys |all )?(?:recording|muted|listening|paying attention|done|finished)
    is (?:your|my) (?:mic|camera|screen|microphone)
    {do} {you} (?:\S+ ){0,2}(?:finish|log in|logged in|sign in|turn (?:it|that) in)
    """,
    can="can|could|would|will|may|do|does",
    do="do|did|does|have|has",
    you="you guys|you all|y'all|you|we|i|everyone|everybody|anybody|anyone|someone|somebody",
    things="homework|pencils?|pens?|notebooks?|chromebooks?|computers?|laptops?|ipads?|calculators?|"
    "folders?|binders?|books?|packets?|worksheets?|papers?|journals?|markers?|erasers?|"
    "headphones|agendas?|planners?|glasses|copy|copies",
    move=r"sit|close|open|move|mute|unmute|shut|pass|hand out|collect|grab|put (?:\S+ ){0,3}away|"
    r"come up(?! with)|come here|turn (?:\S+ ){0,3}(?:on|off|down|around)|scoot|stop talking|be quiet|"
    r"line up|get out|take out|erase|borrow|go to the|use the (?:bathroom|restroom)",
)
"""Materials, places, devices: not about what is being learned."""


def eliciting(transcript: Transcript) -> Labels:
    """Labels on the teacher's sentences: think prompts, calls on everybody, questions about routines."""
    found: dict[int, tuple[Label, ...]] = {}
    for index, utterance in enumerate(transcript.utterances):
        if utterance.role != "teacher" or not utterance.text:
            continue
        said = joined(tokens(utterance.text))
        labels: tuple[Label, ...] = ()
        if _THINK.search(said) and not _NO_THINK.search(said):
            labels += one("think_prompt", 0.7, "think_words")
        if _EVERYONE.search(said):
            labels += one("whole_class", 0.6, "everyone_words")
        if utterance.has("question") and _ROUTINE.search(said):
            labels += one("management", 0.7, "routine_words")
        if labels:
            found[index] = labels
    return found
