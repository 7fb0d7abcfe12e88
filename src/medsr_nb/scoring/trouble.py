"""Black, constant, not a number: what is wrong with an output, told from how it looks."""

import numpy as np


def trouble_of(brightness, target_brightness, contrast):
    """What is wrong with an output of this look (grey levels, 0 to 255), or ""."""
    if not np.isfinite(brightness + contrast):
        return "is not a number"
    if brightness < 0.25 * target_brightness:
        return f"is black: brightness {brightness:.1f}, target {target_brightness:.1f}"
    if contrast < 1.0:
        return f"is constant: contrast {contrast:.2f} of 255"
    return ""
