"""The language that words are counted in, and what other languages are called."""

from __future__ import annotations

UNDERSTOOD = "en"
"""The only language whose questions, praise and names the rules know."""

_NAMES = {
    "ar": "Arabic",
    "bn": "Bengali",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "hi": "Hindi",
    "ht": "Haitian Creole",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "so": "Somali",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def language_name(code: str) -> str:
    """What a teacher calls the language of a code such as ``es``; "another language" where we do not know."""
    return _NAMES.get(code, "another language")


def is_understood(code: str) -> bool:
    """Whether words in this language are counted; no language named means English."""
    return code in ("", UNDERSTOOD)
