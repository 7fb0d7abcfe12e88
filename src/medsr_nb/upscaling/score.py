"""The networks of the package, scored on anybody's originals: what ``medsr score NPZ`` does."""

from pathlib import Path

import numpy as np

from .. import data, degradation, scoring, studies
from ..machine import UserError, check_result, write_text
from . import calibrating, naming_reductions, pretrained
from .settings import has_robust


def packaged(lr_size, scanner, brightness):
    """{name: method} of the networks that come with the package, for what one ``Scanner`` took.

    "faithful" and "sharp" take every input for bicubic, as they were trained, and "robust" for
    nothing. A network that is *told* keeps its result consistent with the true reduction, within
    the noise that an image of this mean ``brightness`` (grey levels) has. "best" is the mean of
    two positions.
    """
    told = {"reduction": scanner.reduction, "noise": scanner.noise_at(brightness)}
    networks = {
        "faithful": pretrained.network(0.0, lr_size),
        "sharp": pretrained.network(1.0, lr_size),
        "faithful, told": pretrained.network(0.0, lr_size, **told),
        "faithful, told, best": pretrained.network(0.0, lr_size, **told, best=True),
    }
    if has_robust():
        networks |= {
            "robust": pretrained.network(lr_size=lr_size, robust=True),
            "robust, best": pretrained.network(lr_size=lr_size, robust=True, best=True),
            "robust, told": pretrained.network(lr_size=lr_size, robust=True, **told),
            "robust, told, best": pretrained.network(
                lr_size=lr_size, robust=True, **told, best=True
            ),
        }
    return {name: scoring.as_method(network) for name, network in networks.items()}


def record(path, out):
    """Scores the packaged networks on a file of originals; the Markdown tables.

    By reduction; over bicubic, with what PSNR does not see; by the reduction that is named; as a
    distribution; and how many originals lie in the ranges that ``upscale --guess`` gives. What a
    reader of the labels makes of them needs labels, which the file has not. Writes ``out`` (JSON)
    and the tables beside it (.md). Raises UserError as ``data.load_originals`` does, and where
    ``out`` is no JSON file or the tables would take the place of another file.
    """
    out = Path(out)
    check_result(out)
    tables = out.with_suffix(".md")
    if tables.exists() and not out.exists():
        raise UserError(f"the tables go to {tables}, which is there already: name another --out.")
    images = data.load_originals(path)
    lr_size, brightness = images.size // scoring.FACTOR, float(images.pixels.mean())
    found = {
        case: scoring.scores_of(packaged(lr_size, scanner, brightness), images, scanner)
        for case, scanner in scoring.CASES.items()
    }
    named = naming_reductions.naming(images)
    results = of_bicubic(images)
    whole = compared(images, results)
    alike = scoring.distribution_summary(images, results)
    covers = calibrating.covers(images)
    text = "\n\n".join(
        (
            scoring.scanner_table(found),
            f"```text\n{scoring.score_table(whole)}\n```",
            studies.qualities({"scores": whole}),
            scoring.naming_table(named),
            scoring.distribution_table(alike),
            scoring.cover_table(covers),
        )
    )
    note = {
        "data": {"name": images.name, "images": len(images), "fingerprint": images.fingerprint},
        "hardware": studies.hardware(),
        "scores": found,
        "over bicubic": whole,
        "naming": named,
        "distribution": alike,
        "cover": covers,
    }
    studies.write(out, note)
    write_text(tables, text + "\n")
    return text


def of_bicubic(images):
    """{name: results} of all packaged networks for inputs that bicubic reduced."""
    lr = scoring.low_resolution(images, scoring.FACTOR)
    methods = {"bicubic": scoring.bicubic(scoring.FACTOR)}
    methods |= packaged(images.size // scoring.FACTOR, degradation.Scanner("bicubic"), 0.0)
    methods.pop("faithful, told")  # bicubic is what faithful takes every input for
    return {name: method(lr) for name, method in methods.items()}


def compared(images, results):
    """``Comparison.summary`` of {name: results} on images that bicubic reduced."""
    lr = scoring.low_resolution(images, scoring.FACTOR)
    scores = {}
    for name, sr in results.items():
        found = studies.scores(images.pixels, sr, lr)
        scores[name] = {what: np.array(values) for what, values in found.items()}
    return scoring.Comparison(images, lr, results, scores).summary()
