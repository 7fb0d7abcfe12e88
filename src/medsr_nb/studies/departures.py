"""Where a recorded training has other settings than are published, as older runs do.

The recipes of today have the published ones (``presets.py`` names their sources). A record made
before a recipe had a field was trained with that field's default.
"""

import json

from ..machine import markdown_table, results_dir
from ..presets import Recipe, recipe
from . import entries

SETTINGS = {  # field of a recipe: in words
    "beta_1": "Adam's beta 1",
    "beta_2": "Adam's beta 2",
    "norm_epsilon": "epsilon of batch norm",
    "pixel_weight": "weight of the pixel loss, on [-1, 1]",
    "divisor": "what the input of ResShift is divided by",
}


def trained():
    """(its name, recipe as it was trained, recipe as it is now) of each recorded training.

    The rows of studies, and the runs of the paper's networks. medsr is ours: nobody published it.
    """
    for path in sorted(results_dir().glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if "study" in record:
            for name, row in record["rows"].items():
                then = Recipe(**row["recipe"])
                if not then.system.startswith("medsr"):
                    now = entries.recipe_of(record["study"], name, then.preset)
                    yield f"{name} of `{path.name}`", then, now
        elif "recipe" in record and "history" in record:
            then = Recipe(**record["recipe"])
            yield f"`{path.name}`", then, recipe(then.system, then.preset)


def departures():
    """{(setting in words, as trained, as published): names of the trainings}."""
    found = {}
    for name, then, now in trained():
        for field, words in SETTINGS.items():
            values = getattr(then, field), getattr(now, field)
            if values[0] != values[1]:
                found.setdefault((words, *values), []).append(name)
    return found


def departures_table():
    """``departures`` as Markdown, a line a setting."""
    lines = [
        (words, f"{then}", f"{now}", ", ".join(names))
        for (words, then, now), names in departures().items()
    ]
    return markdown_table(("setting", "as trained", "as published", "which"), lines)
