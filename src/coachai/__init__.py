"""coachai pre-screens and coaches evidence for teacher micro-credentials.

The program is six nouns (Recording, Transcript, Measurement, Rubric, Finding, Report)
and three verbs (observe, measure, screen); `coachai.pipeline` shows them on one screen.
"""

import logging

# Whoever runs coachai chooses where its log goes; on a terminal it would stand between the sentences.
logging.getLogger("coachai").addHandler(logging.NullHandler())

__version__ = "0.1.0"
