"""What the tests of Kaggle's download share: small sets in its layout, and modules by stand-ins."""

import sys
from types import ModuleType

import numpy as np
from PIL import Image

from medsr_nb.data.folders import KAGGLE_FOLDERS


def save_set(name, root, second_copy=False):
    for index, (below, *_) in enumerate(KAGGLE_FOLDERS[name]):
        for top in (root, root / "chest_xray") if second_copy else (root,):
            (top / below).mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(index).integers(0, 256, (40, 40), np.uint8)
            Image.fromarray(pixels).save(top / below / f"{index}.png")
    return root


def module_with(monkeypatch, name, **contents):
    module = ModuleType(name)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)
