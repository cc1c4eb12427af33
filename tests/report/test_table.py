"""The table opens in a spreadsheet as text and numbers, and runs nothing."""

from __future__ import annotations

import csv
import dataclasses
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.records import Measurement
from coachai.report.table import COLUMNS, measurements_csv
from tests.report.generated import measurements
from tests.report.made_up import made_up_measurements


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_header_and_a_row_a_measurement() -> None:
    text = measurements_csv(made_up_measurements())
    assert text.startswith("measure,title,value,low,high,unit,n,excluded,coverage,note,validation\r\n")
    assert text.count("\r\n") == len(made_up_measurements()) + 1
    first = rows(text)[0]
    assert (first["measure"], first["value"], first["low"], first["high"]) == (
        "wait_time_1",
        "1.2",
        "1",
        "1.4",
    )
    assert (first["unit"], first["n"], first["excluded"]) == ("s", "5", "1")
    assert rows(text)[1]["value"] == ""


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1"])
def test_no_cell_is_a_formula(evil: str) -> None:
    measurement = dataclasses.replace(made_up_measurements()[0], note=evil, validation=evil, unit=evil)
    for name in ("note", "validation", "unit"):
        cell = rows(measurements_csv([measurement]))[0][name]
        assert cell.lstrip()[0] not in "=+-@＝"


def test_a_negative_number_stays_a_number() -> None:
    measurement = dataclasses.replace(made_up_measurements()[0], value=-0.25)
    assert float(rows(measurements_csv([measurement]))[0]["value"]) == -0.25


@settings(max_examples=40)
@given(st.lists(measurements, max_size=4))
def test_any_measurements_read_back(some: list[Measurement]) -> None:
    table = rows(measurements_csv(some))
    assert len(table) == len(some)
    for row, each in zip(table, some, strict=True):
        assert tuple(row) == COLUMNS
        assert (row["value"] == "") == (each.value is None)
        assert int(row["n"]) == each.n
