"""The series as a book: notebooks, README and ``docs/`` with navigation and search.

Sphinx builds it, with MyST-NB, which shows notebooks as they were executed. The book is a folder
of HTML files that needs no server and no network. MathJax, which typesets the formulas, is in it,
and diagrams are drawn while it is built.
"""

import re
import shutil
import tempfile
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from posixpath import dirname, normpath, relpath

import mermaidx
import nbformat
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from ..machine import claim

ABOUT = ("README", "docs/glossary", "docs/results", "docs/training", "docs/speed")
ABOUT += ("docs/architecture", "data/README", "MODEL_CARD")
CONFIGURATION = {
    "project": "medsr-nb",
    "author": "the authors of medsr-nb",
    "extensions": ["myst_nb"],
    "html_theme": "sphinx_book_theme",
    "html_title": "medsr-nb",
    "html_show_sourcelink": False,
    "html_copy_source": False,
    "html_static_path": ["_static"],
    "html_css_files": ["book.css"],
    "html_theme_options": {"use_download_button": False, "navigation_with_keys": True},
    "nb_execution_mode": "off",
    "nb_merge_streams": True,
    "nb_render_markdown_format": "myst",  # the default knows no tables, and cells print many
    "myst_enable_extensions": ["dollarmath"],
    "mathjax_path": "mathjax/tex-chtml.js",
    "myst_heading_anchors": 3,
    "exclude_patterns": [],
}
# So that 100 characters of code fit beside the contents of a page. Pictures are told their width
# and height; where the page is narrower than they are, the theme shrinks the width alone. Tables of
# results have many columns.
STYLE = """\
pre { font-size: 0.74em }
table { font-size: 0.8em }
td, th { padding: 0.3em 0.5em !important }
td code { overflow-wrap: anywhere }
img { max-width: 100%; height: auto !important }
.bd-page-width { max-width: 96rem !important }
.bd-main .bd-content .bd-article-container { max-width: 62rem }
.bd-sidebar-primary { flex: 0 0 15rem }
.bd-sidebar-secondary { flex: 0 0 13rem }
"""
INDEX = """\
# Medical super-resolution: the series

{facts}

{notebooks}

```{{toctree}}
:hidden:
:caption: Notebooks

{stems}
```

```{{toctree}}
:hidden:
:caption: About

{pages}
```
"""
# Both forms: [text](path#anchor), and [name]: path below the text.
LINK = re.compile(r"(\]\(|^\[[^\]\n]+\]: )(?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?(\)|$)", re.MULTILINE)

# A picture that a network would have to bring.
REMOTE = re.compile(r"!\[([^\]]*)\]\(https?:[^)]*\)")
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def heading_of(notebook: NotebookNode) -> str:
    """The text of the first level-one heading of a Markdown cell, or "Untitled"."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if heading := re.search(r"^# +(.+?)\s*$", cell.source, re.MULTILINE):
                return heading.group(1)
    return "Untitled"


def linked(text: str, page: str, pages: set[str], address: str) -> str:
    """Markdown of ``page`` whose links lead to pages of the book, or else to the repository.

    Notebooks name other pages by their address there, as they have no folder above them in Colab.
    A picture from the network, as the badge of Colab, becomes its words.
    """

    def target(match):
        before, path, anchor, behind = match.groups(default="")
        place = normpath(str(Path(page).parent / path))
        if place in pages:
            return match.group()
        return f"{before}{address}/blob/main/{place}{anchor}{behind}"

    def nearer(match):
        path = match.group(1)
        return f"]({relpath(path, dirname(page))}" if path in pages else match.group()

    there = re.compile(rf"\]\({re.escape(address)}/blob/main/([^)#\s]+)")
    return LINK.sub(target, there.sub(nearer, REMOTE.sub(r"\1", text)))


def with_diagrams(text: str, page: Path) -> str:
    """Markdown of ``page`` with Mermaid's diagrams as SVG files beside it, which this writes."""
    diagrams = DIAGRAM.findall(text)
    for number, diagram in enumerate(diagrams):
        picture = page.with_name(f"{page.stem}-{number}.svg")
        picture.write_text(mermaidx.render(diagram).svg(), encoding="utf-8")
        text = DIAGRAM.sub(f"![a diagram]({picture.name})", text, count=1)
    return text


def index(
    notebooks: dict[str, NotebookNode], remarks: dict[str, str], facts: str, about: list[str]
) -> str:
    """The first page: what was run, and the notebooks in order, each with its remark."""
    lines = [
        f"* [{heading_of(notebook)}](notebooks/{stem}.ipynb)"
        + (f" ({remarks[stem]})" if stem in remarks else "")
        for stem, notebook in notebooks.items()
    ]
    stems = "\n".join(f"notebooks/{stem}" for stem in notebooks)
    pages = "\n".join(about)
    return INDEX.format(facts=facts, notebooks="\n".join(lines), stems=stems, pages=pages)


def gather(
    notebooks: dict[str, NotebookNode], checkout: Path, address: str, into: Path
) -> list[str]:
    """Copies pages, pictures and notebooks into one folder, with links that work there.

    The pages about the project that there are, without their ending.
    """
    about = [page for page in ABOUT if (checkout / f"{page}.md").exists()]
    pictures = [str(path.relative_to(checkout)) for path in checkout.glob("docs/*.png")]
    stems = [f"notebooks/{stem}.ipynb" for stem in notebooks]
    kept = {*(f"{page}.md" for page in about), *pictures, *stems}
    for folder in ("docs", "data", "notebooks"):
        (into / folder).mkdir()
    for picture in pictures:
        shutil.copyfile(checkout / picture, into / picture)
    for page in (f"{page}.md" for page in about):
        text = (checkout / page).read_text(encoding="utf-8")
        text = with_diagrams(linked(text, page, kept, address), into / page)
        (into / page).write_text(text, encoding="utf-8")
    for place, notebook in zip(stems, notebooks.values(), strict=True):
        copy = nbformat.from_dict(notebook)
        for cell in copy.cells:
            if cell.cell_type == "markdown":
                cell.source = linked(cell.source, place, kept, address)
        nbformat.write(copy, into / place)
    return about


def add_static(folder: Path) -> None:
    """Makes a folder with the style of the book, and of MathJax what TeX in HTML needs."""
    [package] = find_spec("sphinx-mathjax-offline").submodule_search_locations
    mathjax, fonts = Path(package, "static", "mathjax"), "output/chtml/fonts/woff-v2"
    shutil.copytree(mathjax / fonts, folder / "mathjax" / fonts)
    shutil.copy(mathjax / "tex-chtml.js", folder / "mathjax")
    (folder / "book.css").write_text(STYLE, encoding="utf-8")


def build(
    notebooks: dict[str, NotebookNode],
    checkout: Path,
    address: str,
    out: Path,
    facts: str,
    remarks: dict[str, str] | None = None,
) -> str:
    """Writes the book into ``out``, whose old pages go; what Sphinx warned of.

    Raises UserError where ``out`` holds anything but a book.

    ``notebooks`` maps file stems to executed notebooks in reading order; ``facts`` stands on the
    first page, and behind a notebook there its remark.
    """
    claim(out)
    warnings = StringIO()
    with tempfile.TemporaryDirectory() as scratch, docutils_namespace():
        source = Path(scratch) / "source"
        source.mkdir()
        about = gather(notebooks, checkout, address, source)
        text = index(notebooks, remarks or {}, facts, about)
        (source / "index.md").write_text(text, encoding="utf-8")
        add_static(source / "_static")
        pages, trees = Path(scratch) / "pages", Path(scratch) / "trees"
        claim(pages)  # the mark goes with it
        Sphinx(source, None, pages, trees, "html", CONFIGURATION, None, warnings).build()
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(pages, out)
    return warnings.getvalue()
