"""No file of the module or of its tests is too long to be read in one go."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("folder", ["src", "tests"])
def test_no_file_has_more_than_300_lines(folder):
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert len(lines) > 100
    assert {name: count for name, count in lines.items() if count > 300} == {}
