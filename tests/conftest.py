"""What every test shares: skips that fail, where drawn examples come from, and that rules read the talk."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--no-skips`: the slow run may not pass by skipping."""
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails")


def pytest_configure(config: pytest.Config) -> None:
    """Quick runs draw the same examples every time: a failure is about the change. Slow ones search.

    None has a deadline, which would only tell how busy the machine is.
    """
    settings.register_profile("quick", derandomize=True, deadline=None)
    settings.register_profile("slow", print_blob=True, deadline=None)
    settings.load_profile("slow" if config.getoption("--no-skips") else "quick")
    # Rules read talk unless a test asks for a model: results must not depend on which weights are installed.
    os.environ["COACHAI_LABELS"] = "rules"
    os.environ.pop("COACHAI_DISCOURSE", None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):  # type: ignore[no-untyped-def]
    """Turn a skip into a failure where skipping is not allowed."""
    report = yield
    if report.skipped and item.config.getoption("--no-skips") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as a failure here: {report.longrepr}"
    return report
