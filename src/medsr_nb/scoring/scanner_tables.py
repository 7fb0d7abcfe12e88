"""What was measured on images as scanners reduce them, as Markdown tables."""


def scanner_table(found):
    """``scores_by_scanner`` as Markdown, a table a kind: gain in dB over the best interpolation."""
    parts = []
    for kind in next(iter(found.values())):
        first = next(iter(found.values()))[kind]
        names = list(first["gain"])
        lines = [
            f"| {kind} ({first['images']}): reduction | best interpolation | "
            + " | ".join(names)
            + " |",
            "|---" * (2 + len(names)) + "|",
        ]
        for case, kinds in found.items():
            figures = kinds[kind]
            best = figures["interpolation"]
            cells = [case, f"{best}, {figures['psnr'][best][0]:.2f} dB"]
            cells += [gain(*figures["gain"][name]) for name in names]
            lines.append(f"| {' | '.join(cells)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def gain(mean, low, high):
    """A gain with its interval; of one patient there is none."""
    return f"{mean:+.2f}" + (f" [{low:+.2f}, {high:+.2f}]" if low == low else "")


def naming_table(found):
    """``upscaling.naming`` as Markdown: a table a network, a row a true reduction."""
    parts = []
    for network, rows in found.items():
        kinds = list(next(iter(next(iter(rows.values())).values())))
        heading = f"{network}, {' / '.join(kinds)}: the true reduction, and the one that is named"
        lines = [f"| {heading} | {' | '.join(rows)} |", "|---" * (len(rows) + 1) + "|"]
        for true, named in rows.items():
            cells = [" / ".join(f"{one[kind][0]:+.2f}" for kind in kinds) for one in named.values()]
            lines.append(f"| {true} | {' | '.join(cells)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def cover_table(found):
    """How many originals lay in their range of 90 %, as Markdown: a row a network and a reduction.

    ``found`` is the "test" of ``results/calibration.json``. Beside the share over all stand the
    lowest and the highest of the tenths of the pixels, from narrow to wide ranges.
    """
    kinds = [kind for kind in next(iter(next(iter(found.values())).values())) if kind]
    heads = [f"{kind}: {what}" for kind in kinds for what in ("cover", "tenths")]
    lines = [f"| network | input | {' | '.join(heads)} |", "|---" * (len(heads) + 2) + "|"]
    for network, cases in found.items():
        for case, figures in cases.items():
            cells = []
            for kind in kinds:
                deciles = figures[kind]["deciles"]
                cells += [
                    f"{figures[kind]['cover']:.1%}",
                    f"{min(deciles):.0%} to {max(deciles):.0%}",
                ]
            lines.append(f"| {network} | {case} | {' | '.join(cells)} |")
    return "\n".join(lines)
