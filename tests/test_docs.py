"""What README, MODEL_CARD and the pages say is what the repository holds."""

import ast
import base64
import re
import tomllib
from pathlib import Path

import grimp
import nbformat
import pytest

from medsr_nb.machine import PACKAGE, UserError
from medsr_nb.series.address import address
from medsr_nb.studies import pages, results, study

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in pages.pages()}
LINKED = PAGES | {"data/README.md": (ROOT / "data" / "README.md").read_text(encoding="utf-8")}
ROOMS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
TABLES = {
    "README.md": {"headlines", "verdicts"},
    "MODEL_CARD.md": {
        "faithful scores",
        "medsr_1957 scores",
        "sharp scores",
        "faithful qualities",
        "faithful reading",
        "scanners",
    },  # fmt: skip
    "docs/results.md": {"runs", "balance"}
    | {
        f"{one} scores"
        for one in "systems augmentation medsr faithful sharp medsr_1957 designs".split()
    },
    "docs/speed.md": {"speeds", "paper speeds", "card speeds", "scan speeds", "page speeds"},
}
AIMS = {"4.4 dB", "4.7 dB", "3.2 dB", "3.4 dB"}


# Tables


@pytest.mark.parametrize("page", PAGES)
def test_every_table_is_the_recorded_one(page):
    assert pages.filled(PAGES[page]) == PAGES[page], "python -m medsr_nb.studies.pages writes them"


@pytest.mark.parametrize("page", TABLES)
def test_the_tables_are_there(page):
    assert {block[2] for block in pages.BLOCK.finditer(PAGES[page])} >= TABLES[page]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_has_its_end(page):
    count = PAGES[page].count
    assert count("<!-- table:") == count("<!-- end -->") == len(pages.BLOCK.findall(PAGES[page]))


def test_a_block_is_written_anew_and_the_text_around_it_stays():
    old = "before\n<!-- table: speeds -->\n| 1 |\n<!-- end -->\nafter\n"
    new = f"before\n<!-- table: speeds -->\n\n{pages.speeds()}\n\n<!-- end -->\nafter\n"
    assert pages.filled(old) == pages.filled(new) == new
    assert "| an epoch of 1957 images, pixel step, s | 156.0 |" in pages.speeds()


def test_an_unknown_table_is_answered_with_those_there_are():
    known = "no table 'sped'; there are: agreement, headlines, .*STUDY scores"
    with pytest.raises(UserError, match=known):
        pages.filled("<!-- table: sped -->\n<!-- end -->")


@pytest.mark.parametrize("page", ["docs/results.md", "docs/speed.md"])
def test_no_measured_figure_stands_outside_the_tables(page):
    prose = re.sub(r"`[^`]*`", "", pages.BLOCK.sub("", PAGES[page]))
    figures = re.findall(r"\d[\d,.]* ?(?:dB|%|ms|GFLOP|MiB|images/s)", prose)
    # What 3 dB are, what an interval is, and what had been aimed at.
    assert set(figures) <= {"3 dB", "95 %", "85 %", "115 %"} | AIMS


# README


def test_the_readme_is_one_page():
    assert len(README.splitlines()) <= 150


def test_the_picture_is_notebook_07s():
    notebook = nbformat.read(ROOT / "notebooks" / "07_medsr.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    figures = [output["data"].get("image/png", "") for output in outputs if "data" in output]
    picture = (ROOT / "docs" / "medsr_plate.png").read_bytes()
    assert picture in [base64.b64decode(figure) for figure in figures]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_every_notebook_is_listed(path):
    assert f"(notebooks/{path.name})" in README


SECTION = README[README.index("## Where to start reading") : README.index("## More")]
CORE = re.findall(r"^\| \d+ \| \[.+?\]\((src/medsr_nb/.+?)\)", SECTION, re.MULTILINE)


def test_the_core_is_read_in_an_afternoon():
    assert 8 <= len(CORE) <= 10
    assert sum(len((ROOT / path).read_text("utf-8").splitlines()) for path in CORE) <= 2000


def imported(path):
    """The modules that a file imports from this package, as paths without suffix: models/layers.

    A name that a room hands on counts as the room: models.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1] / (node.module or "").replace(".", "/")
            for name in [one.name for one in node.names]:
                inner = (folder / name).with_suffix(".py").exists() or (folder / name).is_dir()
                found = folder / name if inner else folder
                yield str(found.relative_to(PACKAGE))


@pytest.mark.parametrize("path", CORE)
def test_the_core_names_what_it_takes_from_outside(path):
    inside = {str((ROOT / one).relative_to(PACKAGE).with_suffix("")) for one in CORE}
    row = next(line for line in SECTION.splitlines() if f"({path})" in line)
    named = set(re.findall(r"`(\w+)", row.rsplit("|", 2)[1]))
    for module in imported(ROOT / path):
        known = module in inside or any(one.startswith(f"{module}/") for one in inside)
        assert known or module.split("/")[-1] in named, f"README's core: {path} needs {module}"


# Links


def links(text):
    """The relative targets of all links and pictures of a page, without anchors."""
    text = re.sub(r"`[^`]*`", "", text)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    targets += re.findall(r"^\[[^\]\n]+\]: (\S+)$", text, re.MULTILINE)
    return [one.split("#")[0] for one in targets if not one.startswith(("http", "#"))]


@pytest.mark.parametrize("page", LINKED)
def test_every_link_leads_to_a_file(page):
    folder = (ROOT / page).parent
    assert [target for target in links(LINKED[page]) if not (folder / target).exists()] == []


@pytest.mark.parametrize(
    "twin", sorted((ROOT / "notebooks" / "py").glob("*.py")), ids=lambda path: path.stem
)
def test_every_link_of_a_notebook_leads_to_a_file(twin):
    """To another notebook beside it, or by the address: a notebook in Colab has no folder above."""
    text = twin.read_text(encoding="utf-8")
    targets = links(text)
    assert [one for one in targets if not (ROOT / "notebooks" / one).exists()] == []
    assert all(one.endswith(".ipynb") and "/" not in one for one in targets)
    below = re.escape(address()) + r"/blob/main/([^)#\s]+)"
    assert [one for one in re.findall(below, text) if not (ROOT / one).exists()] == []


@pytest.mark.parametrize("page", LINKED)
def test_every_named_module_and_file_of_results_exists(page):
    for module in re.findall(r"\bmedsr_nb((?:\.[a-z_]+)+)", LINKED[page]):
        room, *rest = module.removeprefix(".").split(".")
        assert room in ROOMS | {"presets"}, f"{page}: medsr_nb{module}"
        for name in rest[:1]:
            file = PACKAGE / room / f"{name}.py"
            assert file.exists() or f'"{name}"' in (PACKAGE / room / "__init__.py").read_text()
    for name in re.findall(r"\b(?:results|src/medsr_nb)/[\w/]+\.\w+", LINKED[page]):
        assert (ROOT / name).exists(), f"{page}: {name}"


# Glossary


GLOSSARY = PAGES["docs/glossary.md"]
HEADS = " ".join(re.findall(r"^\* (\*\*.+?):", GLOSSARY, re.MULTILINE | re.DOTALL))
NAMES = {"NVIDIA"}  # of companies and people: nothing to explain


def abbreviations(markdown):
    """Words with two capitals in a row, without a plural's s; formulas, code and links apart."""
    prose = re.sub(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\]\([^)]*\)", " ", markdown, flags=re.DOTALL)
    found = re.findall(r"\b[A-Za-z]*[A-Z]{2,}[A-Za-z0-9]*\b", prose)
    return {re.sub(r"(?<=[A-Z])s$", "", word) for word in found}


def prose_of(path):
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


NOTEBOOKS = {path.stem[:2]: prose_of(path) for path in (ROOT / "notebooks").glob("*.ipynb")}


@pytest.mark.parametrize("number", sorted(NOTEBOOKS))
def test_every_abbreviation_of_a_notebook_is_in_the_glossary(number):
    assert sorted(abbreviations(NOTEBOOKS[number]) - abbreviations(HEADS) - NAMES) == []


def test_the_glossary_names_sections_that_there_are():
    cited = re.findall(r"\[(\d\d)\],\s+\*([^*]+)\*", GLOSSARY)
    assert len(cited) > 50
    for number, section in cited:
        heading = " ".join(section.split())
        assert re.search(rf"^#+ {re.escape(heading)}$", NOTEBOOKS[number], re.MULTILINE), heading


# Rooms


DRAWN = set(re.findall(r"^    (\w+)\[", ARCHITECTURE, re.MULTILINE))
ARROWS = set(re.findall(r"^    (\w+) -+> (\w+)$", ARCHITECTURE, re.MULTILINE))


def floors():
    """{room: floor} from pyproject.toml, 0 the highest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    return {room.strip(): floor for floor, layer in enumerate(layers) for room in layer.split("|")}


def used():
    """Every (room, another that it imports)."""
    graph = grimp.build_graph("medsr_nb", cache_dir=None)
    pairs = {
        tuple(module.split(".")[1] for module in (user, module))
        for user in graph.modules - {"medsr_nb"}
        for module in graph.find_modules_directly_imported_by(user) - {"medsr_nb"}
    }
    return {(user, room) for user, room in pairs if user != room and {user, room} <= ROOMS}


def below(room):
    """All rooms that the diagram's arrows lead to from a room."""
    next_ones = {lower for upper, lower in ARROWS if upper == room}
    return next_ones.union(*(below(one) for one in next_ones))


def test_the_diagram_draws_every_room_and_no_arrow_up():
    assert DRAWN == ROOMS
    floor = floors()
    assert [(a, b) for a, b in sorted(ARROWS) if floor[a] >= floor[b]] == []


def test_the_diagram_draws_what_is_imported():
    real = used()
    assert sorted(ARROWS - real) == [], "drawn, but not imported"
    assert [(a, b) for a, b in sorted(real) if b not in below(a)] == [], "imported, but not drawn"


def entries_of(path):
    """What a file of the module imports names from, as (room, file, ...) from the module's root."""
    here = path.relative_to(ROOT / "src/medsr_nb").parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            named = node.module.split(".") if node.module else []
            yield *here[: len(here) + 1 - node.level], *named


def test_a_room_is_entered_by_its_door():
    """What another room needs of it stands in its ``__init__.py``."""
    files = [path for room in ROOMS for path in (ROOT / "src/medsr_nb" / room).rglob("*.py")]
    found = [(path, entry) for path in files for entry in entries_of(path)]
    assert any(len(entry) > 1 for _, entry in found)  # within a room all may be named
    rooms = {path: path.relative_to(ROOT / "src/medsr_nb").parts[0] for path in files}
    assert [one for one in found if len(one[1]) > 1 and one[1][0] != rooms[one[0]]] == []


def test_every_room_answers_a_question():
    assert set(re.findall(r"\? \| `(\w+)` \|$", ARCHITECTURE, re.MULTILINE)) == ROOMS


# Records


def test_every_recorded_network_comes_with_its_weights():
    recorded = results.recorded("systems")
    for name, row in recorded["rows"].items():
        network = study.recorded_network("systems", name)
        assert network.count_params() == row["parameters"]
        assert network.inputs[0].shape == (None, 50, 50, 1)
        assert network.output_shape == (None, 150, 150, 1)


@pytest.mark.parametrize("path", sorted((ROOT / "results").glob("*.json")), ids=lambda p: p.stem)
def test_every_recorded_run_says_where_it_comes_from(path):
    run = results.recorded(path.stem)
    if "recipe" in run:
        assert run["seconds"] > 0 and run["hardware"] and run["recipe"]["seed"] >= 0
        notes = [run["data"]] if "train" in run["data"] else run["data"].values()
        assert all(len(note["train"]["fingerprint"]) == 16 for note in notes)
