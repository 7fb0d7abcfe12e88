"""Which detail a result has, fine or coarse, and how much of it was in the original.

A photograph-trained GAN may draw as much fine detail as the original has, none of it where
the original has it. PSNR punishes that, an eye may like it; here both parts are told apart.

Spectra are those of one Hann-windowed periodogram an image (Welch 1967, one segment): its
mean under the window is subtracted, and white noise of variance v has power v at every
frequency, in grey levels squared. Frequencies are in cycles per pixel, averaged over rings
of equal distance from 0; the corners beyond 0.5 belong to no ring. The lowest ring holds
frequency 0, which the subtraction empties, so it reads a little low.
"""

import numpy as np
from scipy.ndimage import median_filter

from ..losses import hann, rings_of
from .metrics import check_pair

AROUND = 9  # frequencies to a side, of which one pattern holds few
NO_POWER = 1e-9  # grey levels squared; rounding to 8 bit alone leaves 1/12


def frequencies(bins=25):
    """The centres (bins,) of the rings, in cycles per pixel: 0 to 0.5."""
    return (np.arange(bins) + 0.5) * 0.5 / bins


def power(images, bins=25):
    """Radially averaged power spectrum: (N, H, W, 1) in grey levels -> float (N, bins).

    Raises ValueError when the images are too small for so many rings.
    """
    return np.stack([_ring_means(np.abs(_transform(image)) ** 2, bins) for image in images])


def restored_and_invented(hr, sr, bins=25):
    """The power of each result in two parts, each (N, bins): it sums to ``power(sr, bins)``.

    In each ring the result is taken as ``gain * original + rest`` with the gain that leaves
    the least rest. Restored is the power of the first, ``gain^2 P_hr = coherence^2 P_sr``,
    where coherence is the normalised cross-spectrum over a ring (the Fourier ring correlation
    of Saxton & Baumeister 1982; the split is the coherent output power of Bendat & Piersol,
    Random Data). Invented is the power of the rest: noise, texture, edges that are shifted or
    inverted (a negative gain counts as none). ``power(hr, bins)`` less restored is what is
    still missing; a lower contrast alone lowers restored and invents nothing.

    The coherence is estimated from one image, so a ring of few frequencies credits pure
    invention with a little restored power: of white noise that has nothing to do with the
    original, 5 % in the lowest of 25 rings of 150 pixels, under 1 % from the fourth on.

    ``hr`` and ``sr`` are (N, H, W, 1) in grey levels. Raises ValueError when the shapes
    differ or the images are too small for so many rings.
    """
    check_pair(hr, sr)
    pairs = [_split(_transform(x), _transform(y), bins) for x, y in zip(hr, sr, strict=True)]
    restored, invented = (np.stack(parts) for parts in zip(*pairs, strict=True))
    return restored, invented


def spectrum_summary(images, sr, bins=25):
    """{kind: {method: {"restored", "invented": (bins,) lists}}} of {method: uint8 (N, S, S, 1)}.

    Mean power over the images of each kind of an ImageSet, in grey levels squared; "original" is
    a method too, all of whose power is restored.
    """
    found = {}
    for kind, own in images.by_kind().items():
        found[kind] = {}
        for name, each in ({"original": images.pixels} | sr).items():
            parts = restored_and_invented(images.pixels[own], each[own], bins)
            means = [[float(f"{one:.4g}") for one in part.mean(axis=0)] for part in parts]
            found[kind][name] = dict(zip(("restored", "invented"), means, strict=True))
    return found


def least_loss(original, found, share):
    """The dB of PSNR that a result must lose to have ``share`` of the original's fine detail.

    ``original`` and ``found`` are {"restored", "invented"} of a ``spectrum_summary``: those of the
    originals, and of a result that minimises the error. In each ring of the upper half of the
    spectrum the result is multiplied by the gain that gives it the power wanted, if it has less.
    For Gaussian images no other result of that power is nearer to the original (Freirich, Michaeli
    & Meir 2021, arXiv 2107.02555).
    """
    wanted, restored = np.array(original["restored"]), np.array(found["restored"])
    power_found = restored + np.array(found["invented"])
    agreeing = np.sqrt(restored * wanted)  # the cross-spectrum
    gain = np.maximum(np.sqrt(share * wanted / np.maximum(power_found, NO_POWER)), 1.0)
    gain[: len(gain) // 2] = 1.0
    frequencies_in_ring = 2 * np.arange(len(gain)) + 1  # in proportion
    before, after = (
        np.sum(frequencies_in_ring * (wanted - 2 * k * agreeing + k**2 * power_found))
        for k in (1.0, gain)
    )
    return float(10 * np.log10(after / before))


def upper_half_ratio(hr, sr):
    """Power of each result over that of its original in the upper half of the spectrum.

    Both are summed over all frequencies from 0.25 to 0.5 cycles per pixel from 0, where an
    image enlarged by 3 or more has nothing from its input. (One enlarged by 2 has diagonal waves
    there, up to 0.35.) ``hr`` and ``sr`` are (N, H, W, 1) in grey levels; the result is float
    (N,): 1 for as much fine detail as the original has, right or wrong; infinite or NaN for a
    constant original. Raises ValueError when shapes differ.
    """
    check_pair(hr, sr)
    with np.errstate(divide="ignore", invalid="ignore"):
        return power(sr, bins=2)[:, 1] / power(hr, bins=2)[:, 1]


def standing_out(images):
    """How far each frequency (H, W) stands out of those around it: 1 where it does not.

    The power of (N, H, W, 1) in grey levels, meant over images, over its median in a square of
    AROUND frequencies. A pattern that all images share, as the grid of a network that makes its
    pixels three by three, is a point that stands out, at a third of a cycle per pixel.
    """
    mean = np.mean([np.abs(_transform(image)) ** 2 for image in images], axis=0)
    return mean / (median_filter(mean, size=AROUND, mode="wrap") + NO_POWER)


def pattern(hr, sr):
    """(value, (row, column)) of the frequency that stands out of results most, over originals.

    The value is how far it stands out of ``sr`` over how far it does of ``hr``, (N, H, W, 1) in
    grey levels; place in cycles per pixel, 0 to 0.5. Only frequencies beyond a sixth along rows
    or columns are looked at, which an image enlarged by 3 has not from its input. Of few images
    chance alone makes some. Raises ValueError when shapes differ.
    """
    check_pair(hr, sr)
    rows, columns = frequencies_of(hr)
    ratio = standing_out(sr) / standing_out(hr)
    ratio[np.maximum(rows[:, None], columns) <= 1 / 6] = 0.0
    row, column = np.unravel_index(np.argmax(ratio), ratio.shape)
    return float(ratio[row, column]), (float(rows[row]), float(columns[column]))


def pattern_at(hr, sr, place):
    """As ``pattern``, at the frequency that is nearest to ``place`` (row, column): its value.

    At (1/3, 1/3) is the grid of a network that makes its pixels three by three.
    """
    check_pair(hr, sr)
    at = tuple(
        np.abs(one - where).argmin() for one, where in zip(frequencies_of(hr), place, strict=True)
    )
    return float(standing_out(sr)[at] / standing_out(hr)[at])


def frequencies_of(images):
    """Cycles per pixel along rows (H,) and columns (W,) of (N, H, W, 1), without their signs."""
    return tuple(np.abs(np.fft.fftfreq(side)) for side in images.shape[1:3])


def _split(hr, sr, bins):
    """``restored_and_invented`` of one image, from the transforms (H, W): two (bins,)."""
    power_hr, power_sr = (_ring_means(np.abs(one) ** 2, bins) for one in (hr, sr))
    # Frequencies f and -f lie in one ring, so the sum of a cross-spectrum over it is real.
    agreement = np.maximum(_ring_means((sr * hr.conj()).real, bins), 0.0)
    present = power_hr > NO_POWER
    restored = np.where(present, agreement**2 / np.where(present, power_hr, 1.0), 0.0)
    restored = np.minimum(restored, power_sr)  # more only by rounding
    return restored, power_sr - restored


def _transform(image):
    """The Fourier transform (H, W) of (H, W, 1) under the window, scaled to power."""
    plane = image[..., 0].astype(np.float64)
    window = np.outer(hann(plane.shape[0]), hann(plane.shape[1]))
    level = np.sum(window * plane) / np.sum(window)
    return np.fft.fft2(window * (plane - level)) / np.sqrt(np.sum(window**2))


def _ring_means(values, bins):
    """The mean (bins,) of (H, W) over each ring."""
    ring, sizes = rings_of(*values.shape, bins)
    return np.bincount(ring.ravel(), values.ravel(), bins + 1)[:bins] / sizes
