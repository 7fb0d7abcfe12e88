"""The book: pages find each other, and what is no page is found in the repository."""

import re

import nbformat
import pytest

from medsr_nb.machine import UserError
from medsr_nb.machine.files import MARK
from medsr_nb.series import book


def test_a_book_finds_its_pages_and_leads_to_the_repository_for_the_rest(tmp_path):
    checkout, out = tmp_path / "checkout", tmp_path / "book"
    for name, text in {
        "README.md": "# Read me\n\n[model](MODEL_CARD.md), [code](src/a.py), [out](https://o.org)\n",
        "MODEL_CARD.md": "# Model\n\n```mermaid\nflowchart TD\n  a --> b\n```\n",
        "docs/results.md": "# Results\n\n[up](../README.md#read-me), [data](../results/a.json)\n",
        "docs/training.md": "# T\n", "docs/speed.md": "# S\n", "docs/architecture.md": "# A\n",
        "docs/glossary.md": "# G\n\n[b] and [c]\n\n[b]: ../notebooks/01_b.ipynb\n[c]: ../a.py\n",
        "data/README.md": "# Data\n",
    }.items():  # fmt: skip
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text, encoding="utf-8")
    badge = "[![Open in Colab](https://o.org/badge.svg)](https://o.org/colab)"
    first = f"# First\n\n{badge}\n\n[next](01_b.ipynb), [t](../tests/t.py), $x$"
    first += "\n\n[words](https://github.com/o/n/blob/main/docs/glossary.md)"
    table = nbformat.v4.new_output(
        "execute_result", {"text/markdown": "| a | b |\n|---|---|\n| 1 | 2 |"}, execution_count=1
    )
    cells = [nbformat.v4.new_markdown_cell(first)]
    cells.append(nbformat.v4.new_code_cell("shown", outputs=[table], execution_count=1))
    python = {"language_info": {"name": "python"}}
    notebooks = {
        stem: nbformat.v4.new_notebook(cells=cells, metadata=python) for stem in ("00_a", "01_b")
    }
    out.mkdir()
    (out / "old.html").write_text("of an earlier book", encoding="utf-8")
    with pytest.raises(UserError, match="holds other files: choose another --out"):
        book.build(notebooks, checkout, "https://github.com/o/n", out, "facts")
    (out / MARK).touch()

    assert book.build(notebooks, checkout, "https://github.com/o/n", out, "facts") == ""

    assert not (out / "old.html").exists() and (out / "search.html").exists()
    assert (out / MARK).exists()
    assert cells[0].source == first  # as it was
    readme = (out / "README.html").read_text(encoding="utf-8")
    assert 'href="MODEL_CARD.html"' in readme and 'href="https://o.org"' in readme
    assert 'href="https://github.com/o/n/blob/main/src/a.py"' in readme
    [drawn] = (out / "_images").glob("MODEL_CARD-*.svg")
    assert drawn.name in (out / "MODEL_CARD.html").read_text(encoding="utf-8")
    assert "<svg" in (text := drawn.read_text(encoding="utf-8")) and ">b<" in text
    for one in out.rglob("*.html"):  # a book is read without a network
        fetched = re.findall(r"(?:<link[^>]*href|src)=\"(https?:[^\"]*)", one.read_text("utf-8"))
        assert not fetched, one
    results = (out / "docs" / "results.html").read_text(encoding="utf-8")
    assert 'href="../README.html#read-me"' in results
    assert 'href="https://github.com/o/n/blob/main/results/a.json"' in results
    glossary = (out / "docs" / "glossary.html").read_text(encoding="utf-8")
    assert 'href="../notebooks/01_b.html"' in glossary
    assert 'href="https://github.com/o/n/blob/main/a.py"' in glossary
    page = (out / "notebooks" / "00_a.html").read_text(encoding="utf-8")
    assert ">Open in Colab</a>" in page and 'href="https://o.org/colab"' in page
    assert 'href="../docs/glossary.html"' in page
    assert 'href="01_b.html"' in page and "n/blob/main/tests/t.py" in page and r"\(x\)" in page
    assert 'src="../_static/mathjax/tex-chtml.js' in page and "npm/mathjax" not in page
    assert (out / "_static/mathjax/tex-chtml.js").stat().st_size > 1e6
    assert any((out / "_static/mathjax/output/chtml/fonts/woff-v2").glob("*.woff"))
    # A picture that is wider than the page keeps its shape.
    assert "img { max-width: 100%; height: auto !important }" in (
        out / "_static/book.css"
    ).read_text(encoding="utf-8")
    assert page.count("<table") == 1 and "|---|" not in page  # what a cell prints as one
