"""The command ``medsr``, one small function a sub-command; begin with ``commands.py``."""

from .commands import main

__all__ = ["main"]
