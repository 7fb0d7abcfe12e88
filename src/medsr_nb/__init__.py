"""Medical image super-resolution, small enough to read in an afternoon."""

from .machine import in_a_cell

__version__ = "0.1.0"

if in_a_cell():  # where TensorFlow's greeting would stand in red
    from .machine import silent

    with silent():
        import keras  # noqa: F401
