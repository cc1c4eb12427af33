"""What can go wrong for a person, said in one sentence that tells them what to do.

Only the rim (the command line, later the web) turns these into an exit code or a status.
"""


class CoachaiError(Exception):
    """A problem with a sentence a user can act on.

    `message` says what is wrong and what to do: no path beyond the user's own, no library name.
    `code` is a stable word for programs, such as ``NO_SOUND``.
    """

    exit_code = 3

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


class InputRefused(CoachaiError):
    """What the user handed in cannot be used (exit code 2)."""

    exit_code = 2


class NotScored(InputRefused):
    """The recording is whole and can be played, but holds nothing to measure (exit code 2)."""


class EnvironmentLacks(CoachaiError):
    """This machine lacks something: a model, disk space, a program (exit code 3)."""

    exit_code = 3
