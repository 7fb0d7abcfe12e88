"""Kernels: how many at once, in which environment, and which lines of theirs are dropped."""

import nbformat
import pytest

from medsr_nb.series import kernels


@pytest.mark.parametrize(
    ("preset", "cores", "memory", "expected"),
    [("sample", 2, 64, 2), ("sample", 32, 64, 10), ("sample", 4, 6, 2), ("sample", 4, 1, 1),
     ("colab", 32, 64, 1)],
)  # fmt: skip
def test_kernels_of_the_sample_have_a_core_and_memory_each(
    preset, cores, memory, expected, monkeypatch
):
    monkeypatch.setattr(kernels.os, "cpu_count", lambda: cores)
    monkeypatch.setattr(kernels, "available_memory", lambda: memory * 2**30)
    assert kernels.at_once({"MEDSR_PRESET": preset}, 10) == expected


def test_kernel_environment_makes_folders_absolute_and_flags_win(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    monkeypatch.setenv("MEDSR_DATA", "scans")
    monkeypatch.setenv("MEDSR_PRESET", "colab")
    monkeypatch.setenv("MEDSR_RUNS", "out")
    environment = kernels.kernel_environment()
    assert environment["MEDSR_DATA"] == str(tmp_path / "scans")
    assert environment["MEDSR_PRESET"] == "colab"
    assert environment["MEDSR_RUNS"] == str(tmp_path / "out")
    environment = kernels.kernel_environment(preset="paper", data="kaggle")
    assert (environment["MEDSR_PRESET"], environment["MEDSR_DATA"]) == ("paper", "kaggle")


def test_log_lines_of_tensorflow_are_dropped_and_warnings_stay():
    logged = (
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
        "I0000 00:00:1795366228.486240   10018 cudart_stub.cc:31] Could not find cuda drivers.\n"
        "2026-08-01 10:00:00.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] CPU\n"
        "To enable the following instructions: AVX2 FMA, rebuild TensorFlow.\n"
    )
    warned = "UserWarning: I tensorflow/ed too much\n"
    outputs = [
        nbformat.v4.new_output("stream", name="stderr", text=logged + warned),
        nbformat.v4.new_output("stream", name="stderr", text=logged),
        nbformat.v4.new_output("stream", name="stdout", text=logged),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])
    kernels.drop_log_lines(notebook)
    assert [output.text for output in notebook.cells[0].outputs] == [warned, logged]


def test_sample_environment_has_no_setting_of_the_user(monkeypatch):
    monkeypatch.setenv("MEDSR_PRESET", "paper")
    monkeypatch.setenv("MEDSR_CACHE", "/precious")
    settings = {k: v for k, v in kernels.sample_environment("/s").items() if k.startswith("MEDSR_")}
    assert settings == {"MEDSR_RUNS": "/s/runs", "MEDSR_CACHE": "/s/cache"}
