"""Where the series is published, stated once, and all that is made of it: set-up cell and badge."""

import re
import tomllib
from importlib.metadata import metadata
from pathlib import Path

from ..machine import UserError, checkout_dir, write_text

# The first code cell of every notebook. pip replaces a package only where the installed version
# does not satisfy pyproject.toml, and pyproject.toml accepts what Colab has.
SETUP_CELL = """\
import subprocess
import sys
from importlib.util import find_spec

package = "medsr-nb @ git+{address}"
if find_spec("medsr_nb") is None:  # a fresh Colab: installs what is missing, keeps what is there
    if subprocess.call([sys.executable, "-m", "pip", "install", "-q", package]):
        sys.exit(f\"""pip could not install {{package}}: the lines above say why.
Change package in this cell to "git+" and the address of a fork, or to a wheel: the name of one
that you uploaded (folder sign on the left), or its path on your mounted Drive.\""")"""

BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{repository}/blob/main/notebooks/{stem}.ipynb)"
)

ADDRESS_FORM = re.compile(r"https://github\.com/([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]+)")
ADDRESS_FILES = ("pyproject.toml", "*.md", "data/*.md", "notebooks/*.ipynb", "notebooks/py/*.py")


def address(root: Path | None = None) -> str:
    """The repository's address, from the checkout's pyproject.toml or the installed package."""
    root = root or checkout_dir()
    if root is None:
        for entry in metadata("medsr-nb").get_all("Project-URL"):
            label, _, url = entry.partition(", ")
            if label == "Repository":
                return url
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["urls"]["Repository"]


def repository_of(url: str) -> str:
    """The ``owner/name`` of an address.

    Raises:
        UserError: if it is not of the form https://github.com/owner/name.
    """
    if not (match := ADDRESS_FORM.fullmatch(url)) or url.endswith(".git"):
        raise UserError(
            f"{url!r} is not of the form https://github.com/owner/name (no .git, no slash behind)."
        )
    return match.group(1)


def setup_cell(url: str) -> str:
    """The first code cell of every notebook."""
    return SETUP_CELL.format(address=url)


def colab_badge(stem: str, url: str) -> str:
    """The Markdown of a notebook's Colab badge."""
    return BADGE.format(repository=repository_of(url), stem=stem)


def change_address(new: str, root: Path) -> list[Path]:
    """Replace the repository's address wherever the project states it; the files changed.

    Raises:
        UserError: if ``new`` is not of the form https://github.com/owner/name.
    """
    # Both github.com/owner/name and colab.research.google.com/github/owner/name/blob/...
    old = re.compile(
        rf"(github(?:\.com)?/){re.escape(repository_of(address(root)))}(?![\w-]|\.(?!git\b)\w)"
    )
    replacement = rf"\g<1>{repository_of(new)}"
    changed = []
    # The last file to change is the one that states the address, so an interrupted run can go on.
    for pattern in reversed(ADDRESS_FILES):
        for path in sorted(root.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            if (moved := old.sub(replacement, text)) != text:
                write_text(path, moved)
                changed.append(path)
    return changed
