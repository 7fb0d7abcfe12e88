"""How good a result is, and how sure we are of it.

Begin with ``metrics.py`` (PSNR, SSIM) and ``intervals.py``; ``comparison.py`` puts methods and
images into one table. Beyond that: ``fidelity.py`` (VIF, agreement with the input), ``spectrum.py``
(which detail), ``distribution.py`` (does it look like an original), ``reading.py`` (does a label
survive), ``trust.py`` (where it is a guess), ``scanner_scores.py`` (on images as scanners reduce
them, with ``scanner_tables.py``).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["trust"],
    submod_attrs={
        "comparison": (
            "Comparison as_method bicubic compare headed interpolation low_resolution score_table"
        ).split(),
        "distribution": ["distribution_summary", "distribution_table", "kernel_distance"],
        "fidelity": ["consistency_error", "vif"],
        "intervals": "CHANCE interval interval_text rounded_interval share_text".split(),
        "scanner_scores": (
            "CASES DRAWN FACTOR MORE_CASES NOT_NAMED scores_by_scanner scores_of"
        ).split(),
        "metrics": ["SIGMA", "WINDOW", "blurred", "mean_brightness", "psnr", "ssim"],
        "reading": ["reading_summary", "reading_table"],
        "scanner_tables": "cover_table kinds_table naming_table scanner_table".split(),
        "spectrum": ["frequencies", "least_loss", "spectrum_summary", "upper_half_ratio"],
        "trouble": ["trouble_of"],
        "trust": (
            "Calibration calibrated covered guess_strength guessed reliability trust_report"
        ).split(),
    },
)
