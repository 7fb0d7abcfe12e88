"""Medical image super-resolution; README.md names the ten files to begin with."""

from .machine import in_a_cell

__version__ = "0.1.0"

if in_a_cell():  # where TensorFlow's greeting would stand in red
    from .machine import bring_up

    bring_up()
