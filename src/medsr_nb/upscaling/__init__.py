"""My own scan, enlarged by three. ``enlarge`` is the one call; read ``enlarging.py`` first."""

import importlib


def __getattr__(name):
    """``enlarge`` and its parts are imported when they are asked for: they take a second."""
    if name in ("enlarge", "Enlarged"):
        return getattr(importlib.import_module(f"{__name__}.enlarging"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
