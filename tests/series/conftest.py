"""A checkout of a test's own, for the tests of the run machinery and of the address."""

from pathlib import Path

import pytest

from medsr_nb.cli import series_commands
from medsr_nb.series import address, notebooks

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout without notebooks, which the commands take for the project's."""
    for name in ("pyproject.toml", "jupytext.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "notebooks" / "py").mkdir(parents=True)
    for module in (notebooks, address):
        monkeypatch.setattr(module, "checkout_dir", lambda: tmp_path)
    monkeypatch.setattr(series_commands, "checkout_dir", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
