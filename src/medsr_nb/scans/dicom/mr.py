"""How an MR lost its resolution: what DICOM tells of its k-space, and which reduction follows.

And whether it is a phase, which no network here enlarges as it should be.

An MR scanner measures the lowest frequencies of what it sees. So an original MR whose pixels are
as many as its frequencies is what "k-space" makes of the patient. ``Settings.told`` takes the
robust weights for it. Those that it does not take are told k-space: on MRI reduced so, that
gains faithful 1.2 dB over naming bicubic; where it is wrong it costs 0.1 dB (zero-filled), 0.4
(averaged), 0.5 (Lanczos) and 1.5 (bicubic, which no scanner uses): "naming" in
``results/scanners.json``.
Where the pixels are more than was measured, no name gains 0.2 dB, and "zero-filled" would take from
the result what was measured if the file is wrong. Derived images were resampled by nobody knows
what. For both bicubic stays, as faithful was trained on it.
"""

from .elements import number, numbers, said
from .geometry import grouped

NATIVE = 0.9  # of the pixels: scanners round their matrices, and leave out some outer lines
PHASES = {"P", "PHASE", "PHASE MAP", "PHASE_MAP"}  # in an image type, by vendor
PHASE_NOTE = (
    "holds phase, which jumps where it wraps: across each jump come values that are none; enlarge "
    "its real and imaginary part instead"
)


def reduction_of(datasets):
    """``reduction`` of a series: that of its first slice, and bicubic where others differ."""
    found = [reduction(one) for one in datasets]
    if len({name for name, _ in found}) > 1:
        return "bicubic", "its slices were taken in different ways"
    return found[0]


def reduction(dataset):
    """(name of ``degradation.REDUCTIONS``, what a reader is told or None) of a DICOM dataset."""
    if dataset.get("Modality") != "MR" or dataset.get("SamplesPerPixel", 1) != 1:
        return "bicubic", None
    frequencies, pixels = measured(dataset), (int(dataset.Rows), int(dataset.Columns))
    if frequencies is None:
        told, filled = None, False
    else:
        filled = is_filled(frequencies, pixels, phase_share(dataset))
        told = "{1}x{0} frequencies measured".format(*frequencies)  # across first
        told += f" for {pixels[1]}x{pixels[0]} pixels" if filled else ""
    original = kinds_of(dataset)[:1] == ["ORIGINAL"]
    return ("k-space" if original and not filled else "bicubic"), told


def kinds_of(dataset):
    """The values of its image type, in a list."""
    kinds = said(dataset, "ImageType") or []
    return [str(one).strip() for one in ([kinds] if isinstance(kinds, str) else kinds)]


def phase_told(datasets):
    """A note where an MR holds phase, in a list; else []."""
    return [PHASE_NOTE] if any(map(is_phase, datasets)) else []


def is_phase(dataset):
    """Whether an MR, or a frame of it, is a phase: by its image type, or as an enhanced one says.

    A reconstructed phase is cyclic, so its picture jumps from the highest value to the lowest.
    """
    if dataset.get("Modality") != "MR":
        return False
    components = [said(one, "ComplexImageComponent") for one in (dataset, *grouped(dataset))]
    return "PHASE" in components or not PHASES.isdisjoint(kinds_of(dataset)[2:])


def measured(dataset):
    """How many frequencies were measured down and across the picture, or None.

    The acquisition matrix is (frequency rows, frequency columns, phase rows, phase columns), two
    of them nought. Lines that were left out (PercentSampling) are not counted in it.
    """
    matrix = numbers(dataset, "AcquisitionMatrix", 4)
    if matrix is None:
        return in_groups(dataset)
    rows, columns = (int(max(matrix[side], matrix[side + 2])) for side in (0, 1))
    return (rows, columns) if rows and columns else None


def in_groups(dataset):
    """``measured`` of an enhanced MR, which tells it for all of its frames, or None."""
    for groups in dataset.get("SharedFunctionalGroupsSequence") or []:
        for view in groups.get("MRFOVGeometrySequence") or []:
            along = view.get("MRAcquisitionFrequencyEncodingSteps")
            across = view.get("MRAcquisitionPhaseEncodingStepsInPlane")
            if along and across:
                return int(along), int(across)
    return None


def phase_share(dataset):
    """The part of a square picture that was measured across the phase, the rest being empty."""
    share = float(number(dataset, "PercentPhaseFieldOfView") or 100.0) / 100.0
    return share if 0.0 < share < 1.0 and dataset.Rows == dataset.Columns else 1.0


def is_filled(frequencies, pixels, share):
    """Whether pixels are more than was measured, in either order: vendors differ about it."""
    shares = [
        min(max(one / side, 0.0), 1.0)
        for one, side in zip(sorted(frequencies), sorted(pixels), strict=True)
    ]
    return min(shares[0] / share, 1.0) < NATIVE or shares[1] < NATIVE
