"""Fixtures that several test files use, and which tests `make check` leaves out."""

import functools
import gc
import importlib.metadata
import json
import os
import sys
from pathlib import Path

import pytest

from medsr_nb.machine import lean

# Files and folders whose tests train, compile or start processes for many seconds.
TRAINS = (
    "augmentation/test_augment.py::test_all_compile",
    "augmentation/test_mixtures.py",
    "bench/test_bench.py",
    "bench/test_page_opening.py::test_a_page_opens",
    "augmentation/test_windows.py::test_a_training",
    "cli/test_train_command.py",
    "degradation/test_second_order.py",
    "losses/test_classifier.py",
    "losses/test_perceptual.py",
    "machine/test_precision.py",
    "models/test_diffusion.py",
    "models/test_esrgan.py::test_generator_has",
    "models/test_medsr.py::test_both_train",
    "models/test_parity",
    "models/test_resshift.py",
    "models/test_swin",
    "published/",
    "scoring/test_comparison.py",
    "scoring/test_scanner_scores.py",
    "series/test_book.py",
    "series/test_in_a_cell.py",
    "series/test_series.py",
    "studies/test_balance.py",
    "studies/test_budget.py",
    "studies/test_collapse.py",
    "studies/test_counted.py::test_an_epoch",
    "studies/test_paper_size.py",
    "studies/test_windowed_rows.py",
    "test_docs.py::test_every_recorded_network",
    "training/",
    "folders/test_disk.py",
    "folders/test_folder.py",
    "folders/test_jobs.py",
    "folders/test_names.py",
    "folders/test_page_written.py",
    "folders/test_results_found.py",
    "folders/test_viewer_browser.py",
    "folders/test_viewer_gestures.py",
    "scans/dicom/test_dicom_more.py",
    "scans/nifti/test_nifti_more.py",
    "scans/pictures/test_picture_files_more.py",
    "scans/test_damaged.py",
    "scans/test_intensity_map.py",
    "scans/tiff/test_tiff_more.py",
    "upscaling/test_enlarging.py",
    "upscaling/test_exporting.py",
    "upscaling/test_guess.py",
    "upscaling/test_tile_networks.py",
    "upscaling/test_positions_tried.py",
    "upscaling/test_pretrained.py",
)


def quick_to_compile():
    """XLA's flags for a few steps: it neither optimises nor writes its own code where it fuses.

    That takes it less than half the time. XLA ends the process over a flag that it does not know,
    as TensorFlow's before 2.20 does not know all of these.
    """
    flags = ["--xla_backend_optimization_level=0", "--xla_llvm_disable_expensive_passes=true"]
    major, minor, *_ = importlib.metadata.version("tensorflow").split(".")
    if (int(major), int(minor)) >= (2, 20):
        flags.append("--xla_cpu_use_fusion_emitters=false")
        flags.append("--xla_cpu_parallel_codegen_split_count=1")
    return " ".join(flags)


os.environ.setdefault("XLA_FLAGS", quick_to_compile())


def pytest_xdist_auto_num_workers(config):
    """A worker a core, and one more where tests wait for processes that they started."""
    return (os.cpu_count() or 1) + (config.option.markexpr != "not trains")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collects without the garbage collector, which then leaves alone what was collected.

    TensorFlow, Keras and the tests are some million objects that live until the end. To look
    through them again and again takes a fifth of the collection and 6 s of a run. The first test
    that needs Keras imports it.
    """
    gc.disable()
    with lean():
        yield
    gc.freeze()
    gc.enable()


def pytest_unconfigure():
    """At the end jax would take what is still frozen for leaked, and say so."""
    gc.unfreeze()


def pytest_ignore_collect(collection_path, config):
    """`make check` does not read the files that it would run nothing of."""
    name = collection_path.relative_to(Path(__file__).parent).as_posix()
    if config.option.markexpr == "not trains" and name.startswith(TRAINS):
        return True


def pytest_collection_modifyitems(items):
    """Marks as ``trains`` what TRAINS names; quick files come last, so that no core idles then."""
    for item in items:
        if any(f"tests/{place}" in item.nodeid for place in TRAINS):
            item.add_marker(pytest.mark.trains)
    slow = {item.path for item in items if "trains" in item.keywords}
    items.sort(key=lambda item: item.path.suffix == ".py" and item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def graphs_as_traced():
    """TensorFlow optimises no graph: for a few steps that takes longer than it saves."""
    if tensorflow := sys.modules.get("tensorflow"):  # some test needs it
        tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.fixture
def eagerly():
    """TensorFlow runs each step as it is written: a few of them cost less than tracing one."""
    import keras

    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.fixture
def two_levels(monkeypatch):
    """ResShift's U-Net has a level less, which is a third of its layers."""
    from medsr_nb.models import resshift

    smaller = functools.partial(resshift.generator, multipliers=(1, 2))
    monkeypatch.setattr(resshift, "generator", smaller)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A cache and a home of the test's own, empty."""
    monkeypatch.setenv("MEDSR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def bicubic_alone(monkeypatch):
    """Bicubic alone, without the network, which these tests are not about."""

    import numpy as np

    from medsr_nb.upscaling import networks

    def network(height, width, sharpness=0.0, robust=False, half=False):
        return lambda tile: np.zeros((1, 3 * height, 3 * width, 1), np.float32)

    monkeypatch.setattr(networks, "network", network)


@pytest.fixture
def calibrated(tmp_path, monkeypatch):
    """A calibration that expects 2 grey levels, 4 where the guess is above 1, and reaches 9."""
    from medsr_nb.upscaling import guess

    table = {"removed_edges": [], "guess_edges": [1.0], "contrast_edges": [1.0]}
    table |= {"rms": [[[2.0, 2.0], [4.0, 4.0]]], "reach": [[[9.0, 9.0], [9.0, 9.0]]]}
    seven = table | {"rms": [[[7.0, 7.0], [7.0, 7.0]]]}
    kinds = {"": table, "MRI": seven, "X-ray": table}
    two = kinds | {"MRI": table}
    reductions = {"bicubic": kinds, "k-space": two, "unknown": {"": seven, "MRI": table}}
    for strength in guess.STRENGTHS:
        noise = f"{guess.NOISE}{strength:g}"
        reductions |= {f"bicubic{noise}": {"": seven}, f"k-space{noise}": kinds}
    networks = dict.fromkeys(guess.NAMES, reductions)
    (tmp_path / "calibration.json").write_text(json.dumps({"networks": networks}))
    monkeypatch.setattr(guess, "results_dir", lambda: tmp_path)
    guess.calibrations.cache_clear()
    yield
    guess.calibrations.cache_clear()
