"""A page of entries, written all at once."""

from medsr_nb.folders import viewer


def write_page(entries, path, **titled):
    """Writes a ``viewer.Page`` of these entries to ``path``."""
    page = viewer.Page(path, **titled)
    for entry in entries:
        page.add(entry)
    page.write()
