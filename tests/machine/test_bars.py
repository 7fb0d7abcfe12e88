"""Progress bars: only where somebody watches, and only for work that takes long."""

import os
import subprocess
import sys
import time

import pytest

from medsr_nb.machine import bars


def watched(monkeypatch):
    """Makes this test's standard error a terminal (its own: a fixture would have another)."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)


def test_a_bar_shows_in_a_terminal_once_the_work_is_long(monkeypatch, capsys):
    watched(monkeypatch)
    monkeypatch.setattr(bars, "QUIET_SECONDS", 0.01)
    shown = bars.bar("abc", desc="reading", mininterval=0)
    assert [one for one in shown if time.sleep(0.02) is None] == ["a", "b", "c"]
    assert "reading: 100%" in capsys.readouterr().err


def test_short_work_shows_none(monkeypatch, capsys):
    watched(monkeypatch)
    assert list(bars.bar("abc")) == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")


def test_nothing_is_shown_where_nobody_watches(monkeypatch, capsys):
    monkeypatch.setattr(bars, "QUIET_SECONDS", 0)
    assert list(bars.bar("abc")) == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("disable", "shown"), [("1", False), ("", True)])
def test_in_a_cell_a_variable_decides(disable, shown):
    """In a process of its own, as tqdm reads the variable when it is imported."""
    pytest.importorskip("ipykernel")
    code = """if True:
        import sys
        from ipykernel.iostream import OutStream
        from medsr_nb.machine import bars

        class Cell(OutStream):
            def __init__(self): pass
            def write(self, text): sys.stdout.write(text)
            def flush(self): pass
            def isatty(self): return False

        Cell.__module__ = OutStream.__module__
        sys.stderr = Cell()
        bars.QUIET_SECONDS = 0
        list(bars.bar("abc"))
        sys.stderr = sys.__stderr__"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                           env={**os.environ, "TQDM_DISABLE": disable})  # fmt: skip
    assert ended.returncode == 0 and ("3/3" in ended.stdout) == shown
