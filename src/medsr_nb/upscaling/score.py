"""The networks of the package, scored on anybody's originals: what ``medsr score NPZ`` does."""

from .. import scoring, studies
from . import pretrained


def packaged(lr_size, scanner):
    """{name: method} of the networks that come with the package, for what one ``Scanner`` took.

    "faithful" and "sharp" take every input for bicubic, as they were trained. A network that is
    *told* keeps its result consistent with the true reduction, or, as noise should not come back,
    leaves consistency out where the scanner adds noise.
    """
    told = scanner.reduction if scanner.noise == "none" else "unknown"
    networks = {
        "faithful": pretrained.network(0.0, lr_size),
        "sharp": pretrained.network(1.0, lr_size),
        "faithful, told": pretrained.network(0.0, lr_size, reduction=told),
    }
    if pretrained.has_robust():
        networks |= {
            "robust": pretrained.network(lr_size=lr_size, reduction="unknown", robust=True),
            "robust, told": pretrained.network(lr_size=lr_size, reduction=told, robust=True),
        }
    return {name: scoring.as_method(network) for name, network in networks.items()}


def record(path, out):
    """Scores the packaged networks on a file of originals; the Markdown table.

    Writes ``out`` (JSON) and the table beside it (.md). Raises UserError as
    ``scoring.originals_of`` does.
    """
    images = scoring.originals_of(path)
    found = {
        case: scoring.scores_of(packaged(images.size // scoring.FACTOR, scanner), images, scanner)
        for case, scanner in scoring.CASES.items()
    }
    data = {"name": images.name, "images": len(images), "fingerprint": images.fingerprint}
    text = scoring.scanner_table(found)
    studies.write(out, {"data": data, "hardware": studies.hardware(), "scores": found})
    out.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
    return text
