"""Many scans by one command: what ``medsr upscale`` does with the files and folders it was given.

Begin with ``folder.py``. ``jobs.py`` says which scans there are and what their results are called.
``results.py`` and ``recognising.py`` say which of them are done. ``telling.py`` has the line that
the command prints for a scan. ``viewer.py`` makes the page (``page/``) that shows before and after.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["viewer"],
    submod_attrs={"folder": ["Wishes", "enlarge_all"]},
)
