"""Digits and textured shapes, drawn by this code at 28 x 28.

They stand in for MNIST and Fashion-MNIST where neither can be fetched, and are named as drawn
wherever they appear. Ten classes each; every picture is a class's outline, bent, turned, sheared,
scaled and shifted at random, the digits with a pen of varying width, the shapes filled with a
cloth: plain, striped, checked, dotted or knitted, and shaded from the middle to the edge.
"""

import numpy as np

SIDE = 28
DIGIT_NAMES = tuple("0123456789")
SHAPE_NAMES = ("tee", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker",
               "bag", "boot")  # fmt: skip
SMOOTHING = 2  # passes of corner cutting that turn a digit's corners into curves

# Pen strokes in a box of 0..1, x to the right and y down. Each digit has ways to be written;
# a stroke is a list of points, joined by a smooth curve, or by straight lines after "|".
DIGITS = {
    0: ["50,5 22,18 14,50 22,84 50,95 78,84 86,50 78,18 50,5 38,9",
        "60,6 34,10 18,40 24,80 46,94 72,82 80,46 70,14 52,6"],
    1: ["| 50,4 50,96", "| 30,22 52,4 52,96", "| 58,4 44,96"],
    2: ["18,26 30,6 62,4 78,22 70,46 44,70 16,94 + | 16,94 84,94",
        "20,20 44,4 74,12 74,38 50,66 24,88 14,80 26,72 50,88 84,90"],
    3: ["20,14 48,2 76,14 72,38 42,48 + 42,48 78,56 80,82 50,98 16,86",
        "| 20,6 76,6 44,40 + 44,40 78,50 82,78 54,97 18,88"],
    4: ["| 26,6 18,56 84,56 + | 68,8 66,96", "| 66,96 66,4 14,66 88,66",
        "22,8 18,40 34,54 64,46 72,10 + | 72,8 68,96"],
    5: ["| 78,6 28,6 24,44 + 24,44 56,36 82,56 74,88 44,98 16,86",
        "| 28,8 24,46 + 24,46 60,38 80,62 66,92 18,92 + | 28,8 80,4"],
    6: ["68,4 34,26 16,62 26,90 54,97 78,82 72,56 44,50 22,66",
        "52,4 30,34 22,70 38,95 64,92 72,70 54,56 26,72"],
    7: ["| 14,8 84,8 44,96", "| 16,12 80,6 54,52 46,96 + | 32,50 74,50",
        "16,22 18,8 50,12 84,6 60,46 44,96"],
    8: ["72,16 48,2 24,18 38,42 62,54 80,78 50,98 22,80 38,54 64,40 74,18 62,6",
        "50,48 24,28 36,4 66,4 76,26 50,48 20,72 34,97 68,97 80,72 50,48"],
    9: ["76,22 52,4 24,18 26,46 52,52 74,34 76,20 + 76,20 72,60 58,96",
        "72,16 44,6 26,28 38,48 66,42 74,14 + | 74,14 72,96"],
}  # fmt: skip

# Outlines in the same box: one or more polygons a class, and lines drawn dark across them.
SHAPES = {
    "tee": ("34,10 44,15 56,15 66,10 94,26 86,44 73,37 73,92 27,92 27,37 14,44 6,26", ""),
    "trousers": ("32,4 68,4 74,96 56,96 50,34 44,96 26,96", "32,12 68,12 + 50,12 50,34"),
    "pullover": ("36,8 44,13 56,13 64,8 84,20 95,86 81,90 74,46 74,94 26,94 26,46 19,90 5,86 "
                 "16,20", "27,87 73,87"),
    "dress": ("38,4 43,16 57,16 62,4 67,8 63,38 79,96 21,96 37,38 33,8", "37,39 63,39"),
    "coat": ("36,5 50,12 64,5 82,15 93,90 80,93 75,48 77,97 23,97 25,48 20,93 7,90 18,15",
             "50,12 50,97 + 50,12 39,30 + 50,12 61,30"),
    "sandal": ("6,70 24,58 40,62 52,40 62,40 56,66 78,72 94,62 97,78 92,84 5,84",
               "14,74 40,74 + 56,74 90,77 + 27,62 34,82 + 46,52 60,52"),
    "shirt": ("36,6 50,14 64,6 90,24 84,54 75,50 75,95 25,95 25,50 16,54 10,24",
              "50,14 50,95 + 36,6 45,20 + 64,6 55,20"),
    "sneaker": ("4,54 16,46 34,54 54,34 64,38 70,46 94,54 97,72 97,80 4,80",
                "4,73 97,73 + 42,48 52,58 + 50,41 60,51"),
    "bag": ("12,38 88,38 94,92 6,92 + 28,38 32,14 68,14 72,38 64,38 61,22 39,22 36,38",
            "12,50 88,50 + 46,46 54,46"),
    "boot": ("46,4 78,4 76,56 80,90 8,90 6,74 34,60 48,50", "8,83 80,83 + 46,14 78,14"),
}  # fmt: skip


def strokes_of(text):
    """Lists of points (P, 2) in 0..1 from ``text``: "x,y x,y ... + x,y x,y ...", in hundredths."""
    return [
        np.array(stroke.replace(",", " ").split(), float).reshape(-1, 2) / 100
        for stroke in text.split("+")
        if stroke
    ]


def pen_strokes(text):
    """Strokes of a digit: those marked with "|" straight, the others smooth curves."""
    straight = ["|" in stroke for stroke in text.split("+")]
    strokes = strokes_of(text.replace("|", ""))
    return [s if keep else smooth(s) for s, keep in zip(strokes, straight, strict=True)]


def smooth(points):
    """``points`` with their corners cut twice (Chaikin), the ends kept."""
    for _ in range(SMOOTHING):
        near = 0.75 * points[:-1] + 0.25 * points[1:]
        far = 0.25 * points[:-1] + 0.75 * points[1:]
        inner = np.stack([near, far], axis=1).reshape(-1, 2)
        points = np.concatenate([points[:1], inner[1:-1], points[-1:]])
    return points


def segments(strokes):
    """The straight pieces of ``strokes`` as starts and ends, each (K, 2)."""
    starts = np.concatenate([stroke[:-1] for stroke in strokes])
    ends = np.concatenate([stroke[1:] for stroke in strokes])
    return starts, ends


def warps(rng, count, turn, shear, scale, bend):
    """A function that bends points (K, 2) in 0..1 into ``count`` pictures' pixels (N, K, 2).

    Each picture has its own angle (up to ``turn`` radians, normally distributed), shear, two
    scales, shift, and a slow sine wave of height ``bend`` along either axis.
    """
    angle, slant = rng.normal(0, turn, count), rng.normal(0, shear, count)
    across = rng.uniform(*scale, count)
    down = rng.uniform(*scale, count)
    shift = rng.uniform(-0.05, 0.05, (count, 1, 2))
    height = rng.normal(0, bend, (count, 1, 2))
    pace = rng.uniform(2, 5, (count, 1, 2))
    phase = rng.uniform(0, 2 * np.pi, (count, 1, 2))
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.stack(
        [across * cos, across * (slant * cos - sin), down * sin, down * (slant * sin + cos)], -1
    ).reshape(count, 2, 2)

    def warped(points):
        centred = points[None] - 0.5
        waves = height * np.sin(pace * centred[..., ::-1] + phase)
        placed = np.einsum("nij,nkj->nki", matrix, centred + waves) + shift + 0.5
        return placed * SIDE - 0.5

    return warped


ROWS, COLUMNS = np.divmod(np.arange(SIDE * SIDE, dtype=np.float32)[:, None], SIDE)


def distances(starts, ends):
    """Distance of each pixel to the nearest of the segments (K, 2) -> (784,)."""
    starts, ends = starts.astype(np.float32), ends.astype(np.float32)
    x, y = (ends - starts).T
    right, down = COLUMNS - starts[:, 0], ROWS - starts[:, 1]
    share = np.clip((right * x + down * y) / np.maximum(x * x + y * y, 1e-9), 0, 1)
    return np.sqrt(((right - share * x) ** 2 + (down - share * y) ** 2).min(axis=1))


def digits(count=4000, seed=0):
    """``(pixels, labels)`` of drawn digits: uint8 (count, 28, 28), white on black; int (count,).

    Classes take turns, so that any run of ten pictures holds each once.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    pixels = np.zeros((count, SIDE, SIDE), np.uint8)
    for digit, ways in DIGITS.items():
        mine = np.flatnonzero(labels == digit)
        way_of = rng.integers(len(ways), size=len(mine))
        for way, text in enumerate(ways):
            chosen = mine[way_of == way]
            pixels[chosen] = inked(rng, pen_strokes(text), len(chosen))
    return pixels, labels


def inked(rng, strokes, count):
    """``count`` pictures of ``strokes`` drawn with a round pen of varying width, uint8."""
    warped = warps(rng, count, turn=0.12, shear=0.18, scale=(0.56, 0.76), bend=0.035)
    starts, ends = (warped(points) for points in segments(strokes))
    radius = rng.uniform(0.8, 1.7, count)
    ink = rng.uniform(0.85, 1.0, count)
    pictures = np.empty((count, SIDE, SIDE), np.uint8)
    for index in range(count):
        edge = radius[index] + 0.5 - distances(starts[index], ends[index])
        value = 255 * ink[index] * np.clip(edge / 1.2, 0, 1)
        pictures[index] = np.rint(value).reshape(SIDE, SIDE)
    return pictures


def shapes(count=4000, seed=0):
    """``(pixels, labels)`` of drawn textured shapes, as `digits` returns them."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    pixels = np.zeros((count, SIDE, SIDE), np.uint8)
    for label, name in enumerate(SHAPE_NAMES):
        mine = np.flatnonzero(labels == label)
        pixels[mine] = clothed(rng, *SHAPES[name], len(mine))
    return pixels, labels


def clothed(rng, outline, seams, count):
    """``count`` pictures of an outline filled with cloth, with seams drawn across it, uint8."""
    warped = warps(rng, count, turn=0.04, shear=0.03, scale=(0.8, 0.98), bend=0.015)
    polygons = [warped(np.concatenate([each, each[:1]])) for each in strokes_of(outline)]
    lines = [warped(points) for points in strokes_of(seams)]
    pictures = np.empty((count, SIDE, SIDE), np.uint8)
    for index in range(count):
        edges = segments([polygon[index] for polygon in polygons])
        depth = distances(*edges)
        inside = np.any([within(polygon[index]) for polygon in polygons], axis=0)
        cover = np.clip(np.where(inside, 0.5 + depth, 0.5 - depth), 0, 1)
        shade = 0.72 + 0.28 * np.clip(depth / 4, 0, 1)  # darker towards the edge, like a body
        value = cover * shade * cloth(rng)
        if lines:
            seam = distances(*segments([line[index] for line in lines]))
            value *= 1 - rng.uniform(0.25, 0.6) * np.clip(1.1 - seam, 0, 1)
        pictures[index] = np.rint(255 * np.clip(value, 0, 1)).reshape(SIDE, SIDE)
    return pictures


def within(polygon):
    """Which pixels lie inside a closed polygon (K, 2): bool (784,), by counting crossings."""
    (x0, y0), (x1, y1) = polygon[:-1].T, polygon[1:].T
    between = (y0 <= ROWS) != (y1 <= ROWS)
    rise = np.where(y1 == y0, 1, y1 - y0)
    return (between & (COLUMNS < x0 + (ROWS - y0) * (x1 - x0) / rise)).sum(axis=1) % 2 == 1


def cloth(rng):
    """Brightness (784,) of a random piece of cloth, about 0.35 to 1."""
    base = rng.uniform(0.45, 0.95)
    depth = rng.uniform(0.15, 0.5)
    x, y = COLUMNS[:, 0], ROWS[:, 0]
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    period = rng.uniform(3, 7)
    phase = rng.uniform(0, period, 2)
    first = np.sin(2 * np.pi * (along + phase[0]) / period)
    second = np.sin(2 * np.pi * (across + phase[1]) / period)
    stripes, crossed = np.where(first > 0.2, 1.0, 0.0), np.where(second > 0.2, 1.0, 0.0)
    darkening = {
        "plain": np.zeros_like(first),
        "stripes": stripes,
        "checks": (stripes + crossed) / 2,
        "dots": np.where(first + second > 1, 1.0, 0.0),
        "knit": 0.5 + 0.5 * np.sin(2 * np.pi * (x + np.abs(y % 4 - 2)) / 3),
    }[rng.choice(["plain", "stripes", "checks", "dots", "knit"])]
    return base * (1 - depth * darkening) + rng.normal(0, 0.025, SIDE * SIDE)
