"""What a page holds, read back from its HTML; and small entries and enlarged scans for one."""

import base64
import json
import re
import zlib

import numpy as np

from medsr_nb.folders import viewer
from medsr_nb.scans import scan
from medsr_nb.upscaling import enlarging

BLOCK = re.compile(r'<script type="text/plain" id="(\d+)\.(\d+)\.(\w+)">([^<]*)</script>')


def volumes(slices=3, rows=5, columns=7, seed=0):
    """Whole numbers of 16 bits: (before, after), and a guess that is not whole."""
    random = np.random.default_rng(seed)
    before = random.integers(0, 65536, (slices, rows, columns)).astype("uint16")
    after = random.integers(-900, 3000, (slices, 3 * rows, 3 * columns)).astype("int16")
    return before, after, random.gamma(2.0, 3.0, after.shape).astype("float32")


def entry(title="scan.png", window=(1000.0, 2000.0), notes=(), volume=None, **changes):
    before, after, guess = volume or volumes()
    return viewer.Entry(title, before, after, guess, "HU", window, (0.5, 0.4), notes, **changes)


def facts_of(text):
    return json.loads(re.search(r'<script type="application/json" id="run">(.*?)<', text)[1])


def unpacked(block, shape, scale):
    """Values of one slice, written from the module's docstring and not from its code."""
    raw = np.frombuffer(zlib.decompress(base64.b64decode(block), -15), np.uint8)
    planes = raw.reshape(-1, *shape).astype(np.int64)
    folded = sum(plane << (8 * place) for place, plane in enumerate(planes))
    rest = np.where(folded % 2, -(folded + 1) // 2, folded // 2)
    codes = rest.cumsum(axis=0).cumsum(axis=1)
    return np.where(codes, scale["low"] + scale["step"] * (codes - 1), np.nan)


def read(path):
    """{(entry, slice, layer): values} of a page, and its facts."""
    text = path.read_text("utf-8")
    facts = facts_of(text)
    found = {}
    for number, index, name, block in BLOCK.findall(text):
        told = facts["entries"][int(number)]
        factor = 1 if name == "before" else 3
        shape = (told["rows"] * factor, told["columns"] * factor)
        found[int(number), int(index), name] = unpacked(block, shape, told["layers"][name])
    return found, facts


def enlarged(planes, **changes):
    """An ``Enlarged`` of planes (N, h, w): repeated, guess 2 and range 5 stored units."""
    changes = {"extras": None} | changes
    one = scan.Scan("picture", planes, unit="HU", stored=scan.StoredRange.of(planes.dtype),
                    notes=(), origin=None, slope=2.0, intercept=-10.0, **changes)  # fmt: skip
    larger = planes.repeat(3, axis=1).repeat(3, axis=2).astype(np.result_type(planes, np.float32))
    twos, fives = (np.full_like(larger, value) for value in (2.0, 5.0))
    return enlarging.Enlarged(one, larger, None, twos, None, fives)
