"""What a teacher says about students' work: `process_praise`, `person_praise`, `yet`, `corrects_error`.

Process praise names effort, a strategy or what was done; person praise names what a student is (Mueller
and Dweck 1998). A bare "good" is neither.
"""

from __future__ import annotations

from coachai.annotation.wording import Labels, joined, one, phrases, tokens
from coachai.records import Label, Transcript

ERROR_REACH = 3
"""Sentences back in which a student must have spoken for "not quite" to answer a student."""

_PROCESS_PRAISE = phrases(
    r"""
    {good} (?:\S+ ){0,4}?{process}
    (?:love|loved|like|liked|appreciate|proud of) (?:how|the way) {they} (?:\w+ )?{did}
    you (?:guys )?(?:really |all |have |are |were |been )*work(?:ed|ing) (?:so |really |very )*hard
    (?:your|that) (?:hard work|effort|practice) (?:\w+ ){0,2}?(?:paid|paying|pays)
    you (?:kept|didn't give) (?:trying|going|working|up)
    you stuck with
    """,
    good="good|great|nice|excellent|awesome|wonderful|amazing|fantastic|beautiful|terrific|perfect|"
    "brilliant|super|impressive|impressed|proud|love|loved|like|liked|appreciate|thank you for|"
    "thanks for|kudos|way to",
    process=r"work(?:ed|ing)? (?:so |really |very )?hard|hard work|effort|strategy|strategies|thinking|"
    r"think it through|thought (?:about|through)|explain(?:ed|ing)?|explanation|trying|tried|"
    r"persever\w+|persist\w*|kept (?:going|trying|working)|keep(?:ing)? (?:going|trying)|"
    r"stuck with|sticking with|noticing|reasoning|revis\w+|checking|checked|double checked|"
    r"show(?:ed|ing) (?:your|us|me|how)|justif\w+|proving|proof|"
    r"focus\w*|took your time|taking (?:a risk|risks|your time)|connection|"
    r"teamwork|work(?:ed|ing) together|collaborat\w+|using|used|organiz\w+|process|method",
    they="you guys|you|he|she|they|everybody|everyone|we|[a-z]+",
    did=r"\w+ed|thought|kept|found|got|went|took|made|did|saw|knew|put|drew|wrote|set|are \w+ing|"
    r"were \w+ing",
)
_NO_PRAISE = phrases(
    r"""
    (?:would|i'd|you'd|you|don't|didn't|if you|they) like
    like to
    (?:would|i'd|you'd) love
    (?:doesn't|haven't|hasn't|didn't|don't|need|should be|going to be)
    (?:you're|i'm|i was) like
    (?:looks?|just|something|feels?|sounds?|more|is|it's|was|be|are|kind of|stuff|things) like
    like (?:a|this|that|the|when|if)
    like i (?:said|used)
    """
)
_PERSON_PRAISE = phrases(
    r"""
    {they} (?:{very} )*{trait}
    (?:smart|clever|good|bright) (?:boys?|girls?|kids?|cookies?|kiddos?)
    (?:smarty|smarties|genius|einstein)
    """,
    they="you|you're|you are|you guys are|you all are|y'all are|he's|she's|they're|he is|she is|they are",
    very="are|all|guys|so|such|such an?|an?|very|really|my|just|pretty|too",
    trait=r"smart|clever|intelligent|genius|geniuses|brilliant|bright|gifted|talented|a natural|"
    r"naturals|math whiz|whiz|superstars?|rock ?stars?|stars?|awesome|amazing|wonderful|the best|"
    r"good at (?:math|this|reading|science)|(?:good|great) (?:boys?|girls?|kids?|"
    r"students?|mathematicians?)",
)
_YET = phrases(
    r"""
    ^(?:okay |well |so )*not (?:there |quite )?yet$
    {who} (?:\S+ )?{not} (?:\S+ ){0,2}?{able}(?: \S+){0,6} yet
    {who} {not} (?:quite |all )?there yet
    (?:the power of|the word) yet
    """,
    who="you|we|i|he|she|they|you're|we're|i'm|he's|she's|they're|that's|it's",
    able="know|get|got|gotten|understand|understood|learn|learned|master|mastered|figured|able|sure|"
    "solve|solved|explain|prove|proved|ready|right|perfect|found|see",
    **{"not": "not|no|never|can't|don't|doesn't|didn't|haven't|hasn't|isn't|aren't|won't|couldn't|wasn't"},
)
_CORRECTS = phrases(
    r"""
    not (?:quite|exactly)
    (?:so|very) close
    close but
    almost (?:there|but|right|got)
    are you sure
    try (?:it |that )?again
    look (?:at )?(?:it |that |this )?(?:back )?again
    check (?:it|that|this|your \w+|again)(?: again)?$
    let's (?:look|check|go back|rethink|revisit|fix|try)(?: \S+){0,4} again
    let's (?:back up|fix (?:it|that))
    that's (?:not (?:right|correct|quite|it|what)|incorrect|wrong)
    that is (?:not (?:right|correct)|incorrect|wrong)
    (?:isn't|wasn't) (?:right|correct)
    where (?:did|do) (?:we|you|i|they) go wrong
    (?:a|the|my|your|common|small|little) (?:mistake|error|misconception)
    (?:rethink|double check|incorrect|watch out)
    is that (?:right|correct|true)(?: though)?$
    ^no (?:it's|that's|it is|not)
    want to (?:revise|rethink|change)
    """
)


def feedback(transcript: Transcript) -> Labels:
    """Labels on the teacher's sentences; `yet` on anybody's."""
    found: dict[int, tuple[Label, ...]] = {}
    for index, utterance in enumerate(transcript.utterances):
        said = joined(tokens(utterance.text))
        labels: tuple[Label, ...] = ()
        if _YET.search(said) and not utterance.has("question"):
            labels += one("yet", 0.85, "yet_words")
        if utterance.role == "teacher" and not utterance.has("question"):
            if _PROCESS_PRAISE.search(said) and not _NO_PRAISE.search(said):
                labels += one("process_praise", 0.7, "praise_words")
            if _PERSON_PRAISE.search(said):
                labels += one("person_praise", 0.7, "praise_words")
        if utterance.role == "teacher" and _CORRECTS.search(said):
            before = transcript.utterances[max(0, index - ERROR_REACH) : index]
            if any(each.role == "student" for each in before):
                labels += one("corrects_error", 0.5, "error_words")
        if labels:
            found[index] = labels
    return found
