"""One HTML page that shows executed notebooks, readable without a network."""

import re
from datetime import datetime
from html import escape
from string import Template

from nbconvert import HTMLExporter
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

# Formulas are typeset where MathJax can be fetched, and stay legible TeX where it cannot.
PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { max-width: 60rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 sans-serif; color: #222 }
nav { border-bottom: 1px solid #ccc }
section { border-top: 3px solid #ccc; margin-top: 3rem }
img { max-width: 100%; height: auto }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { border: 1px solid #ddd; padding: 0.2rem 0.6rem; text-align: right }
pre { overflow-x: auto; margin: 0; font: 0.85rem/1.4 monospace }
.input_area { background: #f6f8fa; border-left: 3px solid #9ab; padding: 0.5rem; margin-top: 1rem }
.output_subarea { padding: 0.3rem 0.6rem }
.output_stderr, .output_error { background: #fdecea }
.prompt, .anchor-link { display: none }
.failed { color: #b00020; font-weight: bold }
$highlighting
</style>
<script>MathJax = {tex: {inlineMath: [["$$", "$$"], ["\\\\(", "\\\\)"]]}};</script>
<script async src="https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-mml-chtml.js"></script>
</head>
<body>
<nav>
<h1>$title</h1>
<p>$facts</p>
<ul>
$contents
</ul>
</nav>
$sections
</body>
</html>
""")


def notebook_title(notebook: NotebookNode) -> str:
    """The text of the first level-one heading of a Markdown cell, or "Untitled"."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if heading := re.search(r"^# +(.+?)\s*$", cell.source, re.MULTILINE):
                return heading.group(1)
    return "Untitled"


def series_page(notebooks: dict[str, NotebookNode], verdicts: dict[str, str], facts: str) -> str:
    """The whole HTML text: a table of contents, then every notebook with embedded images.

    ``notebooks`` maps file stems to executed notebooks in reading order, ``verdicts`` the same
    stems to a few words for the table of contents, "failed" among them where one failed.
    """
    exporter = HTMLExporter(template_name="basic", exclude_anchor_links=True)
    contents, sections = [], []
    for stem, notebook in notebooks.items():
        body, _ = exporter.from_notebook_node(notebook)
        # Headings repeat from notebook to notebook; links between notebooks stay on the page.
        body = re.sub(r'(<h[1-6] id=")', rf"\g<1>{stem}-", body)
        body = re.sub(r'href="#(?=[^"])', f'href="#{stem}-', body)
        body = re.sub(r'href="(?:\./)?(\w+)\.ipynb(?:#[^"]*)?"', r'href="#\1"', body)
        mark = ' class="failed"' if "failed" in verdicts[stem] else ""
        contents.append(
            f'<li>{stem.partition("_")[0]} <a href="#{stem}">{escape(notebook_title(notebook))}</a>'
            f" <span{mark}>({escape(verdicts[stem])})</span></li>"
        )
        sections.append(f'<section id="{stem}">\n{body}\n</section>')
    return PAGE.substitute(
        title="Medical super-resolution: the series",
        facts=f"{escape(facts)}, {datetime.now():%Y-%m-%d %H:%M}",
        highlighting=HtmlFormatter().get_style_defs(".highlight"),
        contents="\n".join(contents),
        sections="\n".join(sections),
    )
