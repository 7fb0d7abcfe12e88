"""How fast each network trains and enlarges here: what ``medsr bench`` does.

Begin with ``measure.py``; ``worker.py`` is the side that is measured, in a process of its own.
``scans.py`` measures the command ``medsr upscale``, ``page.py`` its page.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={"measure": ["bench"]})
