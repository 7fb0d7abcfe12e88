"""A figure with a slider, where a notebook has one; a still picture everywhere else."""

from importlib.util import find_spec


def interactive(draw, values, label, start=None):
    """Shows ``draw(value)``, a ``Sheet``, with a slider over ``values`` below it.

    What is stored in the notebook is the picture at ``start``, the first of the values by default,
    so that a page without a running kernel shows it. Where ipywidgets is not installed there is
    no slider.
    """
    from IPython.display import display

    values = list(values)
    start = values[0] if start is None else start
    data, metadata = draw(start).shown()
    picture = display(data, metadata=metadata, raw=True, display_id=True)
    if find_spec("ipywidgets") is None:
        return
    import ipywidgets

    def redraw(change):
        data, metadata = draw(change["new"]).shown()
        picture.update(data, metadata=metadata, raw=True)

    slider = ipywidgets.SelectionSlider(
        options=values, value=start, description=label, continuous_update=False
    )
    slider.observe(redraw, names="value")
    display(slider)
