"""All systems of the series on images that scanners took: who else withstands another reduction?

``python -m medsr_nb.studies.on_scanners SOURCE`` scores the recorded networks as ``medsr score``
does those of the package, and records it. SOURCE is "kaggle" or a folder, as for ``data.load``.
"""

import sys

from .. import published, scoring
from ..machine import exit_status, markdown_table, only_word, results_dir
from . import entries, results
from .study import rebuilt, recorded_network, scored_split

COMMAND = "python -m medsr_nb.studies.on_scanners SOURCE"
OURS = ("faithful", "sharp", "robust")  # for comparison


def methods(labels):
    """{name: method} of every recorded system, of OURS, and of the published ones that run here.

    ``labels`` (N,) are the images'.
    """
    networks = {name: recorded_network("systems", name) for name in entries.SYSTEMS}
    networks |= {name: recorded_network(name, name) for name in OURS}
    own = {name: scoring.as_method(network, labels) for name, network in networks.items()}
    return own | published.wheel_methods(fetch=True)


def record(parts):
    """The scores on the test images of a split as plain values."""
    return {
        "command": COMMAND,
        "data": results.data_note(parts),
        "hardware": results.hardware(),
        "scores": scoring.scores_by_scanner(
            methods(parts.test.labels), parts.test, scoring.CASES | scoring.MORE_CASES
        ),
    }


def told_or_not(rows, folder, images):
    """{case: figures} of rows on what scanners take of images, as ``scoring.scores_of`` has them.

    A row is told nothing, and as "NAME, told" the reduction where there is no noise.
    """

    def method(name, **told):
        return scoring.as_method(rebuilt(rows[name], folder / name / "weights.npz", **told))

    untold, found = {name: method(name) for name in rows}, {}
    for case, scanner in scoring.CASES.items():
        told = {}
        if scanner.noise == "none":
            told = {f"{name}, told": method(name, reduction=scanner.reduction) for name in rows}
        found[case] = scoring.scores_of(untold | told, images, scanner)
    return found


def system_table(study):
    """The study as Markdown: a row a system, a column a reduction, mean gains of both kinds.

    The first row is the PSNR of what they gain over.
    """
    found = study["scores"]
    first = next(iter(found.values()))
    kinds, names = list(first), list(next(iter(first.values()))["gain"])
    bases = [
        " / ".join(f"{each['psnr'][each['interpolation']][0]:.2f}" for each in one.values())
        for one in found.values()
    ]
    rows = [("best interpolation, PSNR", *bases)]
    rows += [
        (name, *(" / ".join(f"{one[kind]['gain'][name][0]:+.2f}" for kind in kinds)
                 for one in found.values()))
        for name in names
    ]  # fmt: skip
    head = " / ".join(scoring.headed(kind, {kind: one}) for kind, one in first.items())
    return markdown_table((f"{head}, dB", *found), rows)


def main():
    """Records the study in ``results/``."""
    found = record(scored_split(only_word(COMMAND, __doc__)))
    results.write(results_dir() / "on_scanners.json", found)
    print(system_table(found))


if __name__ == "__main__":
    sys.exit(exit_status(main))
