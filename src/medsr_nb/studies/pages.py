"""The tables of README, MODEL_CARD and ``docs/``, written from ``results/``.

Each stands between two marks, ``<!-- table: NAME -->`` and ``<!-- end -->``, in the page.
``python -m medsr_nb.studies.pages`` writes them all anew; a test checks that none is out of date.
"""

import re

from ..machine import UserError, checkout_dir, markdown_table
from ..scoring import (
    cover_table,
    distribution_table,
    kinds_table,
    naming_table,
    reading_table,
    scanner_table,
    score_table,
)
from . import study
from .aims import aims_table
from .balance import balance_table
from .by_class import class_table
from .collapse import collapse_table
from .deciding import COMMANDS
from .departures import departures_table
from .evidence import ABOVE, Evidence, found, score, share_of_seeds, within
from .mixing import shares_table
from .on_scanners import system_table
from .results import recorded, runs_table
from .statements import contradictions_table
from .verdict_tables import text, verdict_table

BLOCK = re.compile(r"(<!-- table: ([^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)

BLACK = "rate x20, weight 1, no dropout"
HEADLINES = (  # each with the bounds within which its sentence is true
    (Evidence("**SRResNet, a published network without a discriminator, gains most in ten minutes "
              "of training, with half of its filters and blocks.** Over bicubic", "systems",
              score("all", "SRResNet", "psnr_gain"), "dB"), ABOVE),
    (Evidence("**Our own network, medsr (faithful), gains more, with five times the images, half "
              "an hour on two processor cores and minutes on a graphics card.** Over bicubic",
              "faithful", score("all", "faithful", "psnr_gain"), "dB"), ABOVE),
    (Evidence("**A training at 48x48 can freeze (its output hardly changes any more) where its "
              "learning rate and its adversarial weight are far too high.** Some frozen ones are "
              "black (claim 7). Share that did either, of three short ones on the sample, at 20 "
              "times the rate, with an adversarial weight of 1 and without dropout",
              "collapse", share_of_seeds(BLACK, "black", "frozen"), "%"), (0.9, 1.0)),
)  # fmt: skip
SPEEDS = {  # what was measured: (key, format)
    "framework": ("framework", "{}"),
    "precision": ("precision", "{}"),
    "weights": ("parameters", "{:,}"),
    "pixel step, images a second": ("pixel_images_per_second", "{:.1f}"),
    "adversarial step, images a second": ("adversarial_images_per_second", "{:.1f}"),
    "adversarial step against pixel step, in time": ("adversarial_over_pixel", "{:.2f}"),
    "enlarging one image, ms": ("inference_ms", "{:.1f}"),
    "compiling, s": ("pixel_compile_seconds", "{:.1f}"),
    "peak memory of the process, MiB": ("pixel_peak_mib", "{:.0f}"),
    "arithmetic of a step, GFLOP an image": ("pixel_gflop_per_image", "{:.2f}"),
    "of the machine's speed at matrix products": ("pixel_matrix_share", "{:.0%}"),
    "share of a step spent waiting for images": ("pixel_wait_share", "{:.1%}"),
    "an epoch of 1957 images, pixel step, s": ("pixel_epoch_seconds", "{:.1f}"),
    "an epoch of 1957 images, adversarial step, s": ("adversarial_epoch_seconds", "{:.1f}"),
}
SCAN_COSTS = {  # what: (key of a row of "scans", format)
    "the whole command, s": ("seconds", "{:.1f}"),
    "of the processor, s": ("processor_seconds", "{:.1f}"),
    "beyond the first, s a megapixel": ("seconds_per_megapixel", "{:.1f}"),
    "of the processor, s a megapixel": ("processor_seconds_per_megapixel", "{:.1f}"),
    "peak memory, MiB": ("peak_mib", "{}"),
}


def headlines():
    """The README's three results as a Markdown list, each with file, data and hardware.

    Raises UserError where a number no longer bears its sentence out.
    """
    rows = [found(evidence) for evidence, _ in HEADLINES]
    for row, (_, bounds) in zip(rows, HEADLINES, strict=True):
        if not within(row, bounds):
            raise UserError(f"{row['what']} is {row['value']}: write that headline anew.")
    return "\n".join(
        f"* {row['what']}: {text(row)} (`{row['file']}`; {row['data']}; {row['hardware']})."
        for row in rows
    )


def speeds(name="bench"):
    """A recorded benchmark as a Markdown table: a column a network, a row a quantity."""
    networks = recorded(name)["rows"]
    rows = [
        (what, *(form.format(row[key]) if key in row else "-" for row in networks))
        for what, (key, form) in SPEEDS.items()
    ]
    return markdown_table(("", *(row["network"] for row in networks)), rows)


def recorded_on(run, where=""):
    """A paragraph above a benchmark's table: when, on what and beside what it was measured."""
    beside = f"other programs had a load of {run['load_average']:g}"
    return f"Recorded on {run['date']}, {run['hardware']}{where}; {beside}.\n\n"


def paper_speeds(name="bench_paper"):
    """The networks of the paper at full width: ``speeds``, and where they are from."""
    return recorded_on(recorded(name)) + speeds(name)


def scan_speeds():
    """What enlarging scans of odd sizes costs, as a Markdown table: a row a size."""
    run, rows = recorded("bench_scans"), []
    for row in run["scans"]:
        cells = [form.format(row[key]) if key in row else "-" for key, form in SCAN_COSTS.values()]
        what = f", {row['what']}" if "what" in row else ""
        rows.append((f"{row['width']}x{row['height']}{what}", *cells))
    return recorded_on(run) + markdown_table(("picture", *SCAN_COSTS), rows)


def page_speeds():
    """How long the page of a series takes to open, as a Markdown table."""
    run = recorded("bench_page")
    row = run["page"]
    title = f"{row['slices']} slices of {row['width']}x{row['height']}"
    figures = f"{row['mib']:.0f}", f"{row['seconds']:.2f}", f"{row['empty_seconds']:.2f}"
    head = ("page of", "file, MiB", "until its first slice is drawn, s", "an empty page, s")
    return recorded_on(run, ", in Chromium") + markdown_table(head, [(title, *figures)])


def agreement():
    """How many reduced pixels differ from the input, as a Markdown table: a row an input."""
    rows = []
    for name, inputs in recorded("agreement")["networks"].items():
        for given, counts in inputs.items():
            cells = [
                f"{each['share']:.2%}, by up to {each['largest']} levels"
                for each in (counts["clipped"], counts["kept"])
            ]
            rows.append((given, name, *cells))
    return markdown_table(("input", "network", "clipped only", "clipped and moved in turn"), rows)


def per_operation():
    """What networks gain on bicubic inputs, and the operations that it takes, as Markdown."""
    gains, operations = recorded("on_scanners")["scores"]["bicubic"], recorded("operations")
    rows = []
    for name, method in PER_OPERATION.items():
        cells = [f"{kind['gain'][method][0]:+.2f}" for kind in gains.values()]
        rows.append((name, f"{operations['pictures'][name]:.1f}", *cells))
    head = [f"{kind}: gain over the best interpolation, dB" for kind in gains]
    return markdown_table(("", "GFLOP for 50x50 pixels", *head), rows)


def half_table(found):
    """How far results move by being computed in bfloat16, as Markdown: a row a network."""
    inputs = next(iter(found.values()))
    rows = [
        (name, *(f"{one['rms']:.2f}, at most {one['largest']:.1f}" for one in moved.values()))
        for name, moved in found.items()
    ]
    return markdown_table(("grey levels, RMS", *inputs), rows)


def positions_table(found):
    """What the mean of some positions gains, as Markdown: a row a reduction and network."""
    rows = []
    for case, networks in found["gains"].items():
        for name, positions in networks.items():
            cells = [
                " / ".join(f"{gain[0]:+.2f}" for gain in kinds.values())
                for kinds in positions.values()
            ]
            rows.append((case, name, *cells))
    return markdown_table(("input", "network", *positions), rows)


PER_OPERATION = {  # network of ``operations.pictures``: method of ``on_scanners``
    "medsr": "faithful",
    "SPAN": "SPAN x4 -> x3",
    "Real-ESRGAN": "Real-ESRGAN x4 -> x3",
}
TABLES = {
    "agreement": agreement,
    "headlines": headlines,
    "aims": aims_table,
    "verdicts": lambda: verdict_table(recorded("claims")),
    "statements": lambda: verdict_table(recorded("statements")),
    "contradictions": contradictions_table,
    "runs": runs_table,
    "departures": departures_table,
    "paper speeds": paper_speeds,
    "card speeds": lambda: paper_speeds("bench_gpu"),
    "medsr speeds": lambda: paper_speeds("bench_medsr"),
    "scan speeds": scan_speeds,
    "page speeds": page_speeds,
    "classes": lambda: class_table(recorded("by_class")),
    "on scanners": lambda: system_table(recorded("on_scanners")),
    "balance": lambda: balance_table(recorded("balance")),
    "collapse": lambda: collapse_table(recorded("collapse")),
    "collapse long": lambda: collapse_table(recorded("collapse_long")),
    "collapse paper": lambda: collapse_table(recorded("collapse_paper")),
    "collapse faster": lambda: collapse_table(recorded("collapse_faster")),
    "deciding": lambda: markdown_table(
        ("run", "command"), [(f"`{name}`", f"`{command}`") for name, command in COMMANDS.items()]
    ),
    "class labels": lambda: f"```text\n{score_table(recorded('class_labels')['scores'])}\n```",
    "cover": lambda: cover_table(recorded("scanners")["cover"]),
    "distribution": lambda: distribution_table(recorded("scanners")["distribution"]),
    "other kinds": lambda: kinds_table(recorded("other_kinds")["gains"]),
    "half": lambda: half_table(recorded("agreement")["half"]),
    "per operation": per_operation,
    "naming": lambda: naming_table(recorded("scanners")["naming"]),
    "scanners": lambda: scanner_table(recorded("scanners")["scores"]),
    "positions": lambda: positions_table(recorded("positions")),
    "speeds": speeds,
}
OF_A_STUDY = {  # "NAME scores" is the table of results/NAME.json, and so on
    "scores": study.study_table,
    "origin": study.study_origin,
    "costs": study.costs,
    "qualities": study.qualities,
    "shares": shares_table,
    "reading": lambda one: reading_table(one["reading"]),
}


def table(name):
    """The text of one block. Raises UserError for an unknown name."""
    file, _, part = name.partition(" ")
    if name in TABLES:
        return TABLES[name]()
    if part in OF_A_STUDY:
        return OF_A_STUDY[part](recorded(file))
    known = [*TABLES, *(f"STUDY {part}" for part in OF_A_STUDY)]
    raise UserError(f"no table {name!r}; there are: {', '.join(known)}.")


def filled(page):
    """The text of a page with every block written anew."""
    return BLOCK.sub(lambda block: f"{block[1]}\n{table(block[2])}\n\n{block[3]}", page)


def pages():
    """The files with such blocks. Raises UserError where there is no checkout."""
    if (root := checkout_dir()) is None:
        raise UserError("the pages are not part of the installed package; clone the repository.")
    return [root / "README.md", root / "MODEL_CARD.md", *sorted((root / "docs").glob("*.md"))]


def main():
    """Writes every table anew, and names the files that changed."""
    for path in pages():
        before = path.read_text(encoding="utf-8")
        if (after := filled(before)) != before:
            path.write_text(after, encoding="utf-8")
            print(f"written: {path.name}")


if __name__ == "__main__":
    import sys

    from ..machine import exit_status

    sys.exit(exit_status(main))
