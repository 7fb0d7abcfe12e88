"""The module's own source in a notebook, in colour."""

import inspect
from textwrap import dedent


def listing(*objects):
    """The source of functions and classes, one below the other, as a coloured block.

    It is Markdown and not ``IPython.display.Code``, whose stored output repeats a style sheet of
    5 KB and changes with the version of Pygments.
    """
    from IPython.display import Markdown

    source = "\n\n".join(dedent(inspect.getsource(one)) for one in objects).rstrip()
    return Markdown(f"```python\n{source}\n```")
