"""Methods x images -> scores and tables with intervals.

A method is a function from LR pixels uint8 (N, h, w, 1) to SR pixels uint8 (N, f*h, f*w, 1).
"""

import itertools
import logging
from dataclasses import dataclass

import keras
import numpy as np

from .. import degradation
from ..data import ImageSet
from . import intervals, metrics
from .intervals import interval_text, share_text

# TensorFlow takes many networks, traced once each, for one that is traced again and again.
logging.getLogger("tensorflow").addFilter(
    lambda record: "triggered tf.function retracing" not in record.getMessage()
)


def low_resolution(images, factor):
    """LR pixels uint8 (N, S/f, S/f, 1) of an ImageSet: what every method is given."""
    return degradation.to_pixels(degradation.reduced(degradation.to_float(images.pixels), factor))


def interpolation(name, factor):
    """One of ``reductions.INTERPOLATIONS`` as a method."""

    def method(lr):
        return degradation.to_pixels(degradation.enlarged(degradation.to_float(lr), factor, name))

    return method


def bicubic(factor):
    """The method every network must beat: Pillow's bicubic enlargement."""
    return interpolation("bicubic", factor)


def as_method(generator, labels=None, batch_size=16):
    """A generator as a method; ``labels`` (N,) go along where it is conditioned on the class."""
    conditioned = labels is not None and len(generator.inputs) > 1

    def method(lr):
        inputs = degradation.to_float(lr)
        if conditioned:
            inputs = [inputs, keras.ops.convert_to_tensor(labels)]
        if len(lr) <= batch_size and keras.backend.backend() == "tensorflow":
            # A single batch is through before its graph would be traced.
            return degradation.to_pixels(generator(inputs, training=False))
        return degradation.to_pixels(generator.predict(inputs, batch_size=batch_size, verbose=0))

    return method


@dataclass(frozen=True)
class Comparison:
    """Scores of methods on one set of images; the first method is the reference."""

    images: ImageSet
    lr: np.ndarray
    sr: dict[str, np.ndarray]
    scores: dict[str, dict[str, np.ndarray]]

    @property
    def reference(self):
        return next(iter(self.scores))

    def gain(self, method, score="psnr"):
        """(mean, low, high) of the paired difference to the reference, by groups."""
        difference = self.scores[method][score] - self.scores[self.reference][score]
        return intervals.interval(difference, self.images.groups)

    def summary(self):
        """{kind: {method: {figure: value}}} as plain numbers, kinds apart and together."""
        kinds = self.images.by_kind()
        whole = {"all": np.arange(len(self.images))} if len(kinds) > 1 else {}
        return {part: self._summary_of(indices) for part, indices in (whole | kinds).items()}

    def _summary_of(self, indices):
        groups = self.images.groups[indices]
        reference = self.scores[self.reference]
        rows = {}
        for method, scores in self.scores.items():
            rows[method] = {"images": len(indices), "groups": len(np.unique(groups))}
            for score, values in scores.items():
                values, base = values[indices], reference[score][indices]
                rows[method][score] = intervals.rounded_interval(values, groups)
                rows[method][f"{score}_gain"] = intervals.rounded_interval(values - base, groups)
            rows[method]["better_than_reference"] = round(
                float(np.mean(scores["psnr"][indices] > reference["psnr"][indices])), 3
            )
        return rows

    def differences(self, score="psnr"):
        """Which methods really differ: every pair, on each kind of image apart.

        A list of {kind, methods, mean, p, corrected}: the mean paired difference of the score,
        its p value by the t test over groups, and that value corrected for all pairs of
        the kind (Holm).
        """
        found = []
        for kind, indices in self.images.by_kind().items():
            pairs = list(itertools.combinations(self.scores, 2))
            apart = [
                self.scores[one][score][indices] - self.scores[other][score][indices]
                for one, other in pairs
            ]
            p = [intervals.paired_p(each, self.images.groups[indices]) for each in apart]
            found += [
                {
                    "kind": kind,
                    "methods": pair,
                    "mean": round(float(each.mean()), 4),
                    "p": round(single, 5),
                    "corrected": round(float(corrected), 5),
                }
                for pair, each, single, corrected in zip(
                    pairs, apart, p, intervals.holm(p), strict=True
                )
            ]
        return found

    def table(self):
        """The summary as text: PSNR, SSIM and the gain over the reference, with intervals."""
        return score_table(self.summary())


def headed(kind, rows):
    """A heading for the rows of one kind in a summary: "MRI (42 images, 40 groups)".

    Runs that were recorded before groups were counted have the images alone.
    """
    row = next(iter(rows.values()))
    groups = f", {row['groups']} groups" if "groups" in row else ""
    return f"{kind} ({row['images']} images{groups})"


def score_table(summary):
    """A summary (``Comparison.summary`` or one read from ``results/``) as aligned text."""
    lines = []
    headings = {part: headed(part, rows) for part, rows in summary.items()}
    names = [f"  {name}" for rows in summary.values() for name in rows]
    wide = max(16, *map(len, (*headings.values(), *names)))
    for part, rows in summary.items():
        lines.append(
            f"{headings[part]:<{wide}} {'PSNR dB [95 %]':<22} {'SSIM':<7} "
            f"{'gain dB [95 %]':<22} {'better':>6}"
        )
        for method, row in rows.items():
            lines.append(
                f"{'  ' + method:<{wide}} {interval_text(row['psnr'], '.2f'):<22} "
                f"{row['ssim'][0]:<7.3f} {interval_text(row['psnr_gain']):<22} "
                f"{share_text(row['better_than_reference']):>6}"
            )
    return "\n".join(lines)


def compare(methods, images, factor, lr=None):
    """Runs each method of ``{name: method}`` on the images and scores it.

    ``images`` is an ImageSet whose side is a multiple of ``factor``; the first method is
    the reference of all gains. ``lr`` is what the methods are given, uint8, where that is not
    ``low_resolution``. Raises ValueError when a method returns another size.
    """
    lr = low_resolution(images, factor) if lr is None else lr
    sr = {name: method(lr) for name, method in methods.items()}
    scores = {
        name: {
            "psnr": metrics.psnr(images.pixels, result),
            "ssim": metrics.ssim(images.pixels, result),
            "brightness": metrics.mean_brightness(result) - metrics.mean_brightness(images.pixels),
        }
        for name, result in sr.items()
    }
    return Comparison(images, lr, sr, scores)
