"""Fixtures that several test files use."""

import pytest


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A cache and a home of the test's own, empty."""
    monkeypatch.setenv("MEDSR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
