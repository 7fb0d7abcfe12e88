"""Many scans by one command: what ``medsr upscale`` does with the files and folders it was given.

Begin with ``folder.py``. ``jobs.py`` says which scans there are and what their results are called.
``results.py`` and ``recognising.py`` say which of them are done, so that the same command goes on:
``result_planes.py`` reads a result, ``likeness.py`` compares it with its scan. ``replacing.py``
keeps what must not be written over. ``telling.py`` has the line that the command prints for a scan.
``viewer.py`` makes the page (``page/``) of before and after, of what ``showing.py`` hands it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["viewer"],
    submod_attrs={"folder": ["Wishes", "enlarge_all"]},
)
