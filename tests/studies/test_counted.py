"""What is counted without a machine: operations of networks, colours of files."""

import numpy as np
import pytest
from PIL import Image

from medsr_nb import training
from medsr_nb.machine import UserError, step_bytes, step_flops
from medsr_nb.presets import recipe
from medsr_nb.studies import colours, operations, results


def test_an_epoch_has_its_operations_and_its_least_time(monkeypatch):
    small = recipe("srgan", "sample")
    monkeypatch.setattr(operations, "recipe", lambda system, preset: small)
    found = operations.epoch("srgan")
    expected = 1957 * step_flops(*training.networks(small))
    assert found["tflop"] == round(expected / 1e12, 1)
    batch = small.batch_size
    moved = {
        name: 1957 / batch * step_bytes(batch, size, *training.networks(small))
        for name, size in (("float32", 4), ("tensor", 2))
    }
    assert found["terabytes"]["tensor"] == pytest.approx(moved["tensor"] / 1e12, abs=5e-4)
    rates = {"T4": 0.32e12, "V100": 0.9e12, "A100": 1.555e12}
    waits = set()
    for card, peaks in operations.PEAKS.items():
        for name, peak in peaks.items():
            limits = expected / (peak * 1e12), moved[name] / rates[card]
            assert found["least_seconds"][card][name] == pytest.approx(max(limits), abs=0.005)
            waits.add(limits[1] > limits[0])
    assert waits == {True, False}  # for its memory, or for its arithmetic


def test_the_recorded_costs_are_of_the_full_networks():
    found = results.recorded("operations")
    assert {one["width"] for one in found["epochs"].values()} == {64}
    assert found["peaks"] == operations.PEAKS and found["memories"] == operations.MEMORIES
    assert found["pictures"]["Real-ESRGAN"] > found["pictures"]["SRResNet"] > 1


def picture(path, colour, **how):
    """A picture of one colour, (R, G, B) or a grey, in a folder that is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (8, 8, 3) if isinstance(colour, tuple) else (8, 8)
    Image.fromarray(np.full(shape, colour, "uint8")).save(path, **how)


def test_colours_are_counted_over_the_files(tmp_path):
    folder = tmp_path / "brain-tumor-mri-dataset" / "Training" / "glioma"
    picture(folder / "grey.png", 90)
    picture(folder / "equal.png", (90, 90, 90))
    picture(folder / "rounded.png", (90, 91, 98))
    picture(folder / "red.png", (90, 91, 99))
    (folder / "none.png").write_text("not a picture")
    assert colours.colours(tmp_path)["kinds"] == {
        "MRI": {
            "files": 4, "modes": {"RGB": 3, "L": 1}, "equal": 2, "slight": 1, "coloured": 1,
            "furthest": 9,
        }
    }  # fmt: skip
    with pytest.raises(UserError, match="none of Kaggle's two sets"):
        colours.colours(tmp_path / "elsewhere")
