"""Where the project's files lie: recorded results, running outputs and the cache."""

import os
from pathlib import Path


class UserError(Exception):
    """Something the user can put right; the message says how. ``medsr`` prints it alone."""

    def _render_traceback_(self):
        """The lines that a notebook shows: IPython asks for them, and no traceback helps here."""
        return [f"{type(self).__name__}: {self}"]


PACKAGE = Path(__file__).resolve().parents[1]


def checkout_dir() -> Path | None:
    """The root of the source tree this module runs from, or None when it was installed."""
    root = PACKAGE.parents[1]
    return root if (root / "pyproject.toml").is_file() and (root / "notebooks").is_dir() else None


def results_dir() -> Path:
    """The recorded results: the checkout's ``results/``, or the copy inside the wheel."""
    checkout = checkout_dir()
    return PACKAGE / "results" if checkout is None else checkout / "results"


def runs_dir() -> Path:
    """Where runs write: ``MEDSR_RUNS``, or ``runs`` below the current folder. Not created here."""
    return with_home(os.environ.get("MEDSR_RUNS") or "runs")


def cache_dir() -> Path:
    """Decoded images and downloads: ``MEDSR_CACHE``, ``XDG_CACHE_HOME`` or ``~/.cache``.

    Not created here.
    """
    if chosen := os.environ.get("MEDSR_CACHE"):
        return with_home(chosen)
    return with_home(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "medsr-nb"


def with_home(path: str | os.PathLike) -> Path:
    """A path with the home folder in place of its ``~``.

    It is taken as it is where it exists so, as ``~$scan.dcm`` may, or where there is no such user.
    """
    return Path(path if os.path.lexists(path) else os.path.expanduser(path))


def mount_drive() -> Path:
    """Mounts the reader's Google Drive in Colab; runs are kept there from now on. The folder.

    Raises:
        UserError: outside of Colab.
    """
    try:
        from google.colab import drive
    except ImportError:
        raise UserError(
            "Google Drive can be mounted in Colab only. Elsewhere set MEDSR_RUNS to a folder that "
            "is to keep the runs."
        ) from None
    drive.mount("/content/drive")
    os.environ["MEDSR_RUNS"] = "/content/drive/MyDrive/medsr-nb"
    return runs_dir()
