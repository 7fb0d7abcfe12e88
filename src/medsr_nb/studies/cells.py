"""The training cell of notebook 04: systems one after the other, each kept when it is finished."""

from .. import training
from . import budget


def systems_cell(recipes, parts, minutes):
    """(rows, their pictures) of ``{system: recipe}``, as ``budget.row`` gives them.

    Run again, a stopped cell goes on where it was. Each system is kept below ``MEDSR_RUNS`` in a
    folder that its settings and images name: whoever changes one begins it anew. An interrupt ends
    the cell with one line, and with the systems that are finished.
    """
    found = []
    for name, recipe in recipes.items():
        print("==", name)
        folder = training.kept_folder("systems", budget.request(recipe, parts, minutes))
        try:
            found.append(budget.row("systems", name, recipe, parts, minutes, folder))
        except KeyboardInterrupt:
            print("Run this cell again to go on; what is below shows the systems finished so far.")
            break
    return [row for row, _ in found], [pictures for _, pictures in found]
