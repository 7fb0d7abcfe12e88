"""Images of different sides in one batch of static shape, for compiled steps.

An image of side ``n`` lies in the upper left corner of a canvas (B, M, M) with M >= n; the
sides are a tensor (B,) of int32. What a canvas holds outside its image is nobody's business:
every function here reads the image alone. Picking borders is a gather, resizing is a product
with two matrices that are computed from the sides in the step, so nothing depends on Python.
"""

from keras import ops

AREA, BILINEAR, BICUBIC = range(3)


def picked(canvas, positions):
    """Rows and columns at ``positions`` (B, L) of each canvas (B, M, M): (B, L, L)."""
    for _ in range(2):  # rows, transposed, rows: both axes, and upright again
        side = canvas.shape[2]
        first_rows = ops.arange(ops.shape(canvas)[0], dtype="int32") * canvas.shape[1]
        rows = ops.reshape(first_rows[:, None] + positions, (-1,))
        lines = ops.take(ops.reshape(canvas, (-1, side)), rows, axis=0)
        canvas = ops.transpose(ops.reshape(lines, (-1, positions.shape[1], side)), (0, 2, 1))
    return canvas


def replicated(canvas, sides):
    """Each image continued by its last row and column to the canvas's end, as JPEG files do."""
    positions = ops.arange(canvas.shape[1], dtype="int32")
    return picked(canvas, ops.minimum(positions[None], sides[:, None] - 1))


def mirrored(canvas, sides, reach, length):
    """Each image with ``reach`` mirrored pixels around it: (B, M, M) -> (B, length, length).

    The border pixel itself is not repeated. The pixels after the image follow it, those
    before it stand at the end, where a circular convolution looks for them; ``length`` has
    to be at least M + 2 reach.
    """
    positions = ops.arange(length, dtype="int32")
    positions = ops.where(positions < length - reach, positions, positions - length)
    last = sides[:, None] - 1
    wave = ops.mod(positions[None], ops.maximum(2 * last, 1))  # 0 .. last .. 1, again and again
    return picked(canvas, ops.minimum(wave, 2 * last - wave))


def cubic_taps(fraction):
    """Keys' cubic weights with a = -0.75 of the four pixels around a point, (..., ) each.

    The point lies ``fraction`` of the way from the second pixel to the third (Keys 1981,
    equation 4; OpenCV's and PyTorch's value of a).
    """
    a = -0.75

    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return far(fraction + 1), near(fraction), near(1 - fraction), far(2 - fraction)


def interpolating_matrices(old, new, shape, cubic):
    """Matrices (B, *shape) that take every new pixel from the 2 or, where ``cubic``, 4 next old.

    ``old`` and ``new`` are sides (B,), ``cubic`` is boolean (B,). Not stretched when reducing
    (no antialiasing); pixels beyond the border count as the border's.
    """
    new_length, old_length = shape
    old, new, cubic = (one[:, None] for one in (old, new, cubic))
    pixel = ops.cast(ops.minimum(ops.arange(new_length, dtype="int32"), new - 1), "float32")
    ratio = ops.cast(old, "float32") / ops.cast(new, "float32")
    centre = (pixel + 0.5) * ratio - 0.5
    before = ops.floor(centre)
    fraction = centre - before
    linear_taps = (0.0, 1.0 - fraction, fraction, 0.0)
    matrix = 0.0
    for tap, (curved, straight) in enumerate(
        zip(cubic_taps(fraction), linear_taps, strict=True), start=-1
    ):
        source = ops.clip(ops.cast(before, "int32") + tap, 0, old - 1)[:, :, None]
        hit = ops.cast(source == ops.arange(old_length, dtype="int32"), "float32")
        matrix += ops.where(cubic, curved, straight)[:, :, None] * hit
    return matrix


def area_matrices(old, new, shape):
    """Matrices (B, *shape) that average the old pixels which a new pixel touches.

    New pixel i touches floor(i old/new) up to but not including ceil((i+1) old/new), all
    with the same weight.
    """
    new_length, old_length = shape
    old, new = old[:, None], new[:, None]
    pixel = ops.minimum(ops.arange(new_length, dtype="int32"), new - 1)
    start = ((pixel * old) // new)[:, :, None]
    end = (((pixel + 1) * old + new - 1) // new)[:, :, None]
    source = ops.arange(old_length, dtype="int32")
    touched = ops.logical_and(source >= start, source < end)
    return ops.cast(touched, "float32") / ops.cast(end - start, "float32")


def resized(canvas, old, new, length, kind):
    """Images of sides ``old`` (B,) on (B, M, M) -> of sides ``new`` on (B, length, length).

    ``kind`` (B,) is AREA, BILINEAR or BICUBIC, each as PyTorch's ``interpolate`` computes it
    from sizes, without antialiasing. Real-ESRGAN's code gives it a ``scale_factor``, by which
    PyTorch then counts instead of by the rounded sizes: content moves by up to 6 pixels. Here an
    image always fills its new side, as its target does. The new canvas continues each image by its
    last row and column. With ``new == old`` every kind keeps the image.
    """
    shape = (length, canvas.shape[1])
    matrices = ops.where(
        (kind == AREA)[:, None, None],
        area_matrices(old, new, shape),
        interpolating_matrices(old, new, shape, kind == BICUBIC),
    )
    return ops.matmul(ops.matmul(matrices, canvas), ops.transpose(matrices, (0, 2, 1)))
