"""The bicubic kernel, apart from all that needs Keras."""

import numpy as np


def cubic(distance):
    """Keys' cubic kernel with a = -0.5 (Keys 1981, equation 15), the one Pillow uses."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))
