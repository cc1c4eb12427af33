"""`coachai engine`: Ray Serve on this machine, with the models that lessons are heard with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coachai.plainly import plainly

engine_app = typer.Typer(
    name="engine",
    help="Models on Ray Serve, for several lessons or graphics cards at a time.",
    no_args_is_help=True,
)

Settings = Annotated[
    Path | None, typer.Option("--settings", help="A Serve configuration such as configs/serve.yaml.")
]
Host = Annotated[
    str, typer.Option("--host", help="Where its face in HTTP listens; others only with a token.")
]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="The port of its face in HTTP.")]
Block = Annotated[bool, typer.Option("--block", help="Stay in the foreground, as a container does.")]


@engine_app.command("start")
def start(
    settings: Settings = None, host: Host = "127.0.0.1", port: Port = 8000, block: Block = False
) -> None:
    """Start an engine on this machine, and wait until its models are loaded."""
    with plainly():
        from coachai.serve import local
        from coachai.terminal import stages

        with stages({"start": "Starting the engine and its models"}) as progress:
            held = local.start(settings, host, port, progress("start"), block=block)
        typer.echo(f"The engine is ready ({held}).")
        typer.echo("Use it with: coachai analyze ... --engine ray")


@engine_app.command("status")
def status() -> None:
    """Whether an engine runs on this machine, and what it holds."""
    with plainly():
        from coachai.serve import local

        typer.echo(local.status())


@engine_app.command("stop")
def stop() -> None:
    """Stop the engine on this machine; lessons that use it wait for it to come back."""
    with plainly():
        from coachai.serve import local

        typer.echo("The engine has stopped." if local.stop() else "No engine runs on this machine.")
