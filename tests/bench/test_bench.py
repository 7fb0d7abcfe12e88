"""What the benchmark measures is what it says, and its figures hang together."""

import json
import multiprocessing
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from medsr_nb.bench import measure, scans
from medsr_nb.bench import worker as processes
from medsr_nb.cli.commands import main
from medsr_nb.machine import flops
from medsr_nb.machine.paths import UserError
from medsr_nb.models import srresnet
from medsr_nb.studies import results


def test_srresnet_has_the_published_parameters():
    """1,554,499 in colour, for x3 (MSRResNet as trained today)."""
    assert srresnet.generator(8, 3, 64, 16, channels=3).count_params() == 1_554_499


def test_srresnet_adds_detail_to_the_bilinear_enlargement():
    network = srresnet.generator(5, 3, width=4, blocks=2)
    assert network.output_shape == (None, 15, 15, 1)
    lr = np.random.default_rng(0).random((1, 5, 5, 1)).astype("float32")
    network.get_layer("detail").kernel.assign(np.zeros((3, 3, 4, 1)))
    sr = np.asarray(network(lr))
    # Output pixel 4 is the centre of input pixel 1; pixel 5 lies a third of the way to pixel 2.
    assert sr[0, 4, 4, 0] == pytest.approx(lr[0, 1, 1, 0], abs=1e-6)
    expected = (2 * lr[0, 1, 1, 0] + lr[0, 1, 2, 0]) / 3
    assert sr[0, 4, 5, 0] == pytest.approx(expected, abs=1e-6)
    assert not any("normalization" in layer.name for layer in network.layers)
    with pytest.raises(ValueError, match="by 2 or 3, not by 4"):
        srresnet.generator(5, 4)


def test_initial_weights_are_a_tenth_of_he():
    kernel = np.asarray(srresnet.generator(5, 3, width=64, blocks=1).layers[3].kernel)
    assert kernel.std() == pytest.approx(0.1 * np.sqrt(2 / (9 * 64)), rel=0.02)


def test_operations_and_bytes_by_hand():
    image = layers.Input((8, 8, 3))
    features = layers.Conv2D(5, 3, strides=2, padding="same")(image)  # 4x4x5 sums of 27
    features = layers.Conv2DTranspose(2, 4, strides=2, padding="same")(features)  # 4x4x5 spread
    features = layers.Dense(7)(layers.Flatten()(layers.LeakyReLU()(features)))  # 8*8*2 to 7
    network = keras.Model(image, features)
    expected = 2 * (16 * 5 * 27 + 16 * 5 * 2 * 16 + 128 * 7)
    assert flops.forward_flops(network) == expected
    assert flops.step_flops(network) == 3 * expected
    assert flops.step_flops(network, network) == 11 * expected
    moved = [8 * 8 * 3 + 4 * 4 * 5, 4 * 4 * 5 + 8 * 8 * 2, 128 + 7]
    kernels = [9 * 3 * 5, 16 * 2 * 5, 128 * 7]
    passes = 2 * (16 * sum(moved) + sum(kernels))  # 16 images, numbers of two bytes
    adam = 28 * (sum(kernels) + 5 + 2 + 7)
    assert flops.step_bytes(16, 2, network) == 3 * passes + adam
    assert flops.step_bytes(16, 2, network, network) == 11 * passes + 2 * adam


@pytest.fixture(scope="module")
def worker():
    return processes.NetworkWorker("baseline", "sample", "float32", 4)


def test_a_clock_counts_steps_and_waiting_but_not_the_first(worker):
    clock = processes.WaitClock()
    clock.began, clock.waits, clock.ends = 10.0, [3.0, 0.5, 0.25], [15.0, 16.0, 18.0]
    assert clock.first() == 5.0
    assert clock.rest() == (1.5, 0.25)


def test_steps_are_real_and_the_trainer_is_left_as_it_was(worker):
    before = worker.generator.get_weights()
    first = worker.first("adversarial")
    assert first["compile_seconds"] > 0.1 and first["peak_bytes"] > 50e6
    step = worker.models["adversarial"].train_function
    clock = worker.fitted("adversarial", 3)
    assert len(clock.waits) == len(clock.ends) == 3
    assert worker.models["adversarial"].train_function is step
    assert any(np.any(a != b) for a, b in zip(before, worker.generator.get_weights(), strict=True))
    seconds, waiting = worker.train("adversarial", 0.0)
    assert 0 < seconds < 60 and 0 <= waiting < 1


def test_a_batch_that_is_late_shows_as_waiting(worker, monkeypatch):
    """A step of some milliseconds behind a quarter of a second of reading mostly waits."""
    worker.first("pixel")
    taken = processes.Batches.__getitem__

    def late(self, step):
        processes.time.sleep(0.25)
        return taken(self, step)

    monkeypatch.setattr(processes.Batches, "__getitem__", late)
    assert worker.fitted("pixel", 4).rest()[1] > 0.5


def test_the_rate_of_matrix_products_is_plausible():
    rate = processes.MatrixWorker(256).rate("float32", 0.05)
    assert 1e8 < rate < 1e16


def test_medians_and_what_follows_from_them():
    found = {
        "network": "fast",
        "framework": "tensorflow",
        "precision": "float32",
        "parameters": 10,
        "pixel_flops": 3e9,
        "adversarial_flops": 9e9,
        "first": {kind: {"compile_seconds": 2.0, "peak_bytes": 2**30} for kind in measure.KINDS},
        "steps": {
            "pixel": [(1.0, 0.01), (9.0, 0.5), (2.0, 0.02)],
            "adversarial": [(4.0, 0.0), (5.0, 0.0), (4.0, 0.0)],
        },
        "infer": [0.01, 0.02, 0.5],
        "matrix": [40e9, 60e9, 48e9],
    }
    row = measure.row(found, batch_size=16)
    assert row["pixel_images_per_second"] == 8.0
    assert row["pixel_wait_share"] == 0.02
    assert row["adversarial_over_pixel"] == 2.0
    assert row["inference_ms"] == 20.0
    assert row["pixel_matrix_share"] == 0.5  # 8 images/s of 3 GFLOP, of 48 GFLOP/s
    assert row["pixel_epoch_seconds"] == pytest.approx(1957 / 8, abs=1e-4)
    assert row["pixel_peak_mib"] == 1024.0
    heading, line = measure.table([row]).splitlines()
    assert len(heading) == len(line) and "50%" in line and "2.00" in line


def test_medsr_bench_prints_and_writes(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(measure, "MATRIX_SIZE", 64)
    out = tmp_path / "measure.json"
    settings = "--networks baseline --precision float32 --batch 2 --rounds 1 --seconds 0"
    assert main(["bench", *settings.split(), "--out", str(out)]) == 0
    assert capsys.readouterr().out.count("baseline") == 1
    written = json.loads(out.read_text())
    assert written["hardware"] == results.hardware() and written["batch_size"] == 2
    [row] = written["rows"]
    assert row["network"] == "baseline" and row["precision"] == "float32"
    assert row["pixel_images_per_second"] > 0 and row["adversarial_over_pixel"] > 0
    assert written["scans"] == [] and written["date"] and written["load_average"] >= 0
    assert not multiprocessing.active_children()


class Ready:
    """A process that notes who is asked for training, in ``asked``, and knows no other answer."""

    def __init__(self, asked, worker, name="matrix", *arguments):
        self.asked, self.name = asked, name
        self.facts = {"network": name, "framework": "", "precision": "float32", "parameters": 1}
        self.facts["kinds"] = ["pixel"]

    def ask(self, method, *arguments):
        if method == "train":
            self.asked.append(self.name)
        first = {"compile_seconds": 1.0, "peak_bytes": 1}
        return {"first": first, "train": (1.0, 0.0)}.get(method, 1.0)

    def close(self):
        pass


@pytest.mark.parametrize(
    ("named", "turns"),
    [
        (["srgan", "prototype"], ["srgan", "prototype", "srgan", "prototype"]),
        (None, ["srgan", "srgan", "prototype", "prototype"]),
    ],
)
def test_named_networks_take_turns_and_all_come_one_by_one(named, turns, monkeypatch):
    asked = []
    monkeypatch.setattr(measure, "Process", lambda *wanted: Ready(asked, *wanted))
    monkeypatch.setattr(measure, "NETWORKS", ("srgan", "prototype"))
    monkeypatch.setattr(measure, "scan_rows", list)
    found = measure.bench(named, "sample", ["float32"], rounds=2, seconds=0)
    assert asked == turns
    assert [one["network"] for one in found["rows"]] == ["srgan", "prototype"]


def test_scans_alone_start_no_network(monkeypatch):
    monkeypatch.setattr(measure, "Process", None)  # it would be called
    monkeypatch.setattr(measure, "scan_rows", lambda: [{"width": 3}])
    found = measure.bench(["scans"], "sample", ["float32"])
    assert found["rows"] == [] and found["scans"] == [{"width": 3}]


def test_scans_are_measured_as_commands_of_their_own(capsys):
    small, larger = scans.scan_rows(((9, 9), (200, 150, "colour")))
    assert small["seconds"] > 0.5 and small["peak_mib"] > 200
    assert "seconds_per_megapixel" not in small
    beyond = larger["processor_seconds"] - small["processor_seconds"]
    assert larger["processor_seconds_per_megapixel"] == pytest.approx(beyond / 0.03, abs=0.01)
    assert "what" not in small and larger["what"] == "colour"
    assert "scan of 200x150: what colour, seconds " in capsys.readouterr().out


def test_what_is_drawn_has_the_depth_and_the_colours_that_are_asked():
    grey, deep, colour = (scans.drawn(9, 12, what) for what in ("", "16 bit", "colour"))
    assert grey.dtype == colour.dtype == np.uint8 and deep.dtype == np.uint16
    assert grey.shape == deep.shape == (9, 12) and colour.shape == (9, 12, 3)
    assert np.abs(deep // 257 - grey.astype(int)).max() <= 1


def test_a_command_that_fails_is_said(monkeypatch):
    monkeypatch.setattr(scans.sys, "executable", "false")
    with pytest.raises(UserError, match="failed"):
        scans.command_costs(scans.drawn(3, 4))


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [("--networks fats", "choose of plain, fast"), ("--precision half", "choose one of auto")],
)
def test_a_misspelt_name_is_answered_with_the_names_there_are(wrong, advice, capsys):
    assert main(["bench", *wrong.split()]) == 2
    assert advice in capsys.readouterr().err


def test_pytorch_is_asked_for_by_name_where_it_is_missing(monkeypatch):
    monkeypatch.setattr(measure.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install torch"):
        measure.torch_worker()


def test_an_error_is_all_that_the_command_says(tmp_path):
    environment = {name: one for name, one in os.environ.items() if "TF_CPP" not in name}
    command = [sys.executable, "-m", "medsr_nb.cli", "bench", "--networks", "nosuch"]
    command += ["--out", tmp_path / "a.json"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    [said] = ended.stderr.splitlines()
    assert ended.returncode == 2 and said.startswith("medsr: no network 'nosuch'")
