"""What was measured on images as scanners reduce them, as Markdown tables."""

from ..machine import markdown_table
from .comparison import headed
from .intervals import interval_text


def scanner_table(found):
    """``scores_by_scanner`` as Markdown, a table a kind: gain in dB over the best interpolation."""
    parts = []
    for kind, first in next(iter(found.values())).items():
        rows = []
        for case, kinds in found.items():
            figures = kinds[kind]
            best = figures["interpolation"]
            gains = [gain(*figures["gain"][name]) for name in first["gain"]]
            rows.append((case, f"{best}, {figures['psnr'][best][0]:.2f} dB", *gains))
        heading = f"{headed(kind, {kind: first})}: reduction"
        parts.append(markdown_table((heading, "best interpolation", *first["gain"]), rows))
    return "\n\n".join(parts)


def gain(mean, low, high):
    """A gain with its interval; of one patient there is none."""
    return interval_text((mean, low, high)) if low == low else f"{mean:+.2f}"


def naming_table(found):
    """``upscaling.naming_reductions`` as Markdown: a table a network, a row a true reduction."""
    parts = []
    for network, rows in found.items():
        kinds = list(next(iter(next(iter(rows.values())).values())))
        heading = f"{network}, {' / '.join(kinds)}: the true reduction, and the one that is named"
        table = []
        for true, named in rows.items():
            cells = [" / ".join(f"{one[kind][0]:+.2f}" for kind in kinds) for one in named.values()]
            table.append((true, *cells))
        parts.append(markdown_table((heading, *rows), table))
    return "\n\n".join(parts)


def cover_table(found):
    """How many originals lay in their range of 90 %, as Markdown: a row a network and a reduction.

    ``found`` is the "cover" of what ``medsr score`` writes. Beside the share over all stand the
    lowest and the highest of the tenths of the pixels, from narrow to wide ranges.
    """
    kinds = list(next(iter(next(iter(found.values())).values())))
    heads = [f"{kind or 'both'}: {what}" for kind in kinds for what in ("cover", "tenths")]
    rows = []
    for network, cases in found.items():
        for case, figures in cases.items():
            cells = []
            for kind in kinds:
                deciles = figures[kind]["deciles"]
                cells += [
                    f"{figures[kind]['cover']:.1%}",
                    f"{min(deciles):.0%} to {max(deciles):.0%}",
                ]
            rows.append((network, case, *cells))
    return markdown_table(("network", "input", *heads), rows)


def kinds_table(found):
    """{case: {picture: {"gain": {method: dB}}}} as Markdown: a row a case, a column a picture."""
    pictures = next(iter(found.values()))
    methods = next(iter(pictures.values()))["gain"]
    rows = [
        (
            case,
            *(" / ".join(f"{gain:+.1f}" for gain in one["gain"].values()) for one in row.values()),
        )
        for case, row in found.items()
    ]
    return markdown_table((f"{' / '.join(methods)}, dB", *pictures), rows)
