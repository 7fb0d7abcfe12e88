"""Sources shown in notebooks."""

import pytest

from medsr_nb.figures.listing import listing


def first():
    return 1


def second():
    return first()


def test_a_listing_holds_the_sources_in_order():
    pytest.importorskip("IPython")
    shown = listing(first, second)
    expected = "def first():\n    return 1\n\n\ndef second():\n    return first()"
    assert shown.data == f"```python\n{expected}\n```"
