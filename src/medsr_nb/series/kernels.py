"""Kernels that run a notebook headless, alike on every machine."""

import asyncio
import os
import re
import subprocess
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from traitlets import default

from ..machine import UserError, available_memory, runs_dir, with_home

# What every notebook says of itself, whoever saved it last. Colab reads it and offers a GPU;
# jupytext's command line obeys its filters, jupytext.toml's, only when they stand here as well.
NOTEBOOK_METADATA = {
    "accelerator": "GPU",
    "colab": {"gpuType": "T4"},
    "jupytext": {
        "cell_metadata_filter": "tags,-all",
        "notebook_metadata_filter": "kernelspec,-all",
    },
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

# What a kernel gets where the environment says nothing else: nobody watches its progress bars.
HEADLESS = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "TQDM_DISABLE": "1"}

# What kernels get that run at the same time: a core each, and of a GPU what they need.
SHARING = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}
KERNEL_BYTES = 3 * 2**30  # what a notebook of the sample holds at most

# What TensorFlow logs while it is imported, whatever TF_CPP_MIN_LOG_LEVEL says.
LOG_LINE = re.compile(
    r"^(?:WARNING: All log messages before absl::|[IWE]\d{4} \d\d:|[\d: .-]+[IWE] (?:tensorflow|"
    r"external)/|To enable the following instructions:).*\n?",
    re.MULTILINE,
)


def kernel_environment(preset: str | None = None, data: str | None = None) -> dict[str, str]:
    """This process's environment for kernels that run with ``notebooks`` as current folder.

    ``preset`` and ``data`` go before ``MEDSR_PRESET`` and ``MEDSR_DATA``, which go before
    "sample". Relative folders are made absolute.

    Raises:
        UserError: if ``data`` is neither "sample", "kaggle" nor an existing path.
    """
    environment = HEADLESS | os.environ
    environment.pop("MPLBACKEND", None)  # any other than Jupyter's own would hide the figures
    data = data or environment.get("MEDSR_DATA") or "sample"
    if data not in ("sample", "kaggle"):
        if not with_home(data).exists():
            raise UserError(
                f"There is no data at {data!r}: give sample, kaggle, or a folder that exists."
            )
        data = str(with_home(data).absolute())
    environment["MEDSR_DATA"] = data
    environment["MEDSR_PRESET"] = preset or environment.get("MEDSR_PRESET") or "sample"
    environment["MEDSR_RUNS"] = str(runs_dir().absolute())
    if "MEDSR_CACHE" in environment:
        environment["MEDSR_CACHE"] = str(with_home(environment["MEDSR_CACHE"]).absolute())
    return environment


def at_once(environment: dict[str, str], wanted: int) -> int:
    """How many of the ``wanted`` kernels run at the same time: a core each, and the memory.

    Only those of the sample: the others train networks that fill a machine.
    """
    if environment["MEDSR_PRESET"] != "sample":
        return 1
    return max(1, min(wanted, os.cpu_count() or 1, int(available_memory() // KERNEL_BYTES)))


def sample_environment(scratch: str) -> dict[str, str]:
    """An environment without the user's ``MEDSR_`` settings, which writes below ``scratch``."""
    environment = HEADLESS | {k: v for k, v in os.environ.items() if not k.startswith("MEDSR_")}
    environment.pop("MPLBACKEND", None)
    return environment | {"MEDSR_RUNS": f"{scratch}/runs", "MEDSR_CACHE": f"{scratch}/cache"}


class OwnKernelManager(AsyncKernelManager):
    """Starts this interpreter's kernel, whatever kernels are installed as python3."""

    @default("kernel_spec_manager")
    def _no_installed_kernels(self):
        return KernelSpecManager(kernel_dirs=[])


async def execute(notebook: NotebookNode, environment: dict[str, str], folder: Path) -> str | None:
    """Run all cells in place, with ``folder`` as current folder; the error's text, or None."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=OwnKernelManager,
        timeout=None,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    error = None
    manager = client.create_kernel_manager()
    try:
        # Not client.async_execute(), whose handling of Ctrl-C takes it for a kernel's death.
        # The kernel's own log goes nowhere; what cells write to stderr is in their outputs.
        await client.async_start_new_kernel(env=environment, stderr=subprocess.DEVNULL)
        await client.async_start_new_kernel_client()
        for index, cell in enumerate(notebook.cells):
            await client.async_execute_cell(cell, index)
    except (CellControlSignal, RuntimeError) as problem:  # a cell's error, or the kernel's death
        if asyncio.current_task().cancelling():  # which nbclient takes for the kernel's death
            raise asyncio.CancelledError from problem
        error = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
        if manager.has_kernel:
            await manager.shutdown_kernel()
    drop_log_lines(notebook)
    notebook.metadata = nbformat.from_dict({**notebook.metadata, **NOTEBOOK_METADATA})
    notebook.metadata.pop("widgets", None)
    return error


def drop_log_lines(notebook: NotebookNode) -> None:
    """Take TensorFlow's own log lines out of the outputs, in place; the rest of stderr stays."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                output.text = LOG_LINE.sub("", output.text)
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if o.output_type != "stream" or o.text]
