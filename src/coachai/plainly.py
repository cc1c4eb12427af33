"""The rim's edge: whatever happens becomes one line for a person and an exit code for a program.

2 input refused · 3 the environment lacks something · 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from coachai.errors import CoachaiError


@contextmanager
def plainly() -> Iterator[None]:
    """Whatever happens inside becomes one line for a person and the exit code for a program."""
    try:
        yield
    except typer.Exit:
        raise
    except CoachaiError as error:
        typer.secho(harmless(error.message), err=True, fg=typer.colors.RED if sys.stderr.isatty() else None)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo(
            "\nStopped. No report was written and your recording is untouched. The same command goes on "
            "with the words it had already recognised.",
            err=True,
        )
        raise typer.Exit(130) from None
    except Exception as error:
        if os.environ.get("COACHAI_DEBUG"):
            raise
        typer.echo(_unforeseen(error), err=True)
        raise typer.Exit(3) from None


def harmless(message: str) -> str:
    """The message with nothing from a file's name in it that a terminal would obey: controls, turned text."""
    return "".join(each if each.isprintable() or each in "\n\u00a0" else "?" for each in message)


def _unforeseen(error: Exception) -> str:
    if isinstance(error, OSError):
        from coachai.report.delivery import disk_trouble

        return disk_trouble(error).message
    return (
        f"Something went wrong that we did not foresee ({type(error).__name__}). No report was written and "
        "your recording is untouched. Please tell the people who keep coachai; running the command again "
        "with COACHAI_DEBUG=1 in front shows what they need to know."
    )
