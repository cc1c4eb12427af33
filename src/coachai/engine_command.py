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
    str,
    typer.Option("--host", help="Where it is asked in HTTP; beyond this machine COACHAI_TOKEN must be set."),
]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="The port for that.")]
MetricsPort = Annotated[
    int, typer.Option("--metrics-port", min=0, max=65535, help="The port for Prometheus; 0 takes a free one.")
]
Block = Annotated[bool, typer.Option("--block", help="Stay in the foreground, as a container does.")]


@engine_app.command("start")
def start(
    settings: Settings = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    metrics_port: MetricsPort = 0,
    block: Block = False,
) -> None:
    """Start an engine on this machine, and wait until its models are loaded."""
    with plainly():
        from coachai.serve import local
        from coachai.terminal import stages

        with stages({"start": "Starting the engine and its models"}) as progress:
            ports = local.Ports(host=host, port=port, metrics=metrics_port)
            held = local.start(settings, ports, progress("start"))
        typer.echo(f"The engine is ready ({held}).")
        if block:
            local.stay()
            return
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
