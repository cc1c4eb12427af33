"""The words that carry content in classroom talk. Pure."""

from __future__ import annotations

from collections.abc import Sequence

_LISTED = (
    "a an the and or but so if then than that this these those there here is are was were be "
    "been being am do does did have has had will would can could should it it's its i i'm you "
    "you're he she we we're they them their his her your my our me us him of to in on at for "
    "with by from as not no yes yeah okay ok right all just like um uh oh well what how why when "
    "where who which because about up out that's what's there's very good one get got go going "
    "know think say said now let let's don't"
)

FUNCTION_WORDS = frozenset(_LISTED.split())
"""Words that carry no content of their own in classroom talk; everything else is a content word."""


def content(words: Sequence[str]) -> tuple[str, ...]:
    """The words that are not function words."""
    return tuple(word for word in words if word not in FUNCTION_WORDS)
