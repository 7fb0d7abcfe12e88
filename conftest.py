"""Tests and notebooks run alike everywhere: on the sample, whatever MEDSR_ settings a user has."""

import atexit
import os
import tempfile

from medsr_nb.series.kernels import sample_environment

scratch = tempfile.TemporaryDirectory(prefix="medsr-test-", ignore_cleanup_errors=True)
atexit.register(scratch.cleanup)
environment = sample_environment(scratch.name)
os.environ.clear()
os.environ.update(environment)
