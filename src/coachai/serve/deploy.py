"""Starts the application on the Ray that `RAY_ADDRESS` names; a process that ends when it is up."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import ray
import yaml
from ray import serve

from coachai.errors import InputRefused
from coachai.serve.app import LOGGING, build
from coachai.serve.settings import Arguments
from coachai.serve.wire import APP


def arguments_in(path: str) -> Arguments:
    """The application's arguments in a Serve configuration file; their defaults for ``-``.

    Raises InputRefused (BAD_SETTINGS) with what is wrong.
    """
    if path == "-":
        return Arguments()
    try:
        told = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        (application,) = [each for each in told["applications"] if each["name"] == APP]
        return Arguments(**application.get("args", {}))
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise InputRefused(
            "BAD_SETTINGS",
            f"The engine's settings in {path} cannot be used: {_plain(error)} configs/serve.yaml shows how "
            "they look.",
        ) from error


def _plain(error: Exception) -> str:
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}."
    return f"there is no application called {APP} in it that could be read."


def main() -> None:
    """Settings file (or -), host and port of the face in HTTP."""
    settings, host, port = sys.argv[1:4]
    arguments = arguments_in(settings)
    ray.init(
        address=os.environ["RAY_ADDRESS"],
        namespace="coachai",
        logging_level=logging.WARNING,
        log_to_driver=False,
    )
    options = {"host": host, "port": int(port), "location": "HeadOnly"}
    serve.start(http_options=options, logging_config=LOGGING)
    serve.run(build(arguments), name=APP, route_prefix="/")


if __name__ == "__main__":
    main()
