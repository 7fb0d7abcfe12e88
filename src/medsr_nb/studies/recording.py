"""One training from its recipe to a file in ``results/``: what ``medsr record`` does."""

from .. import scoring
from ..training import build, split, train
from . import results


def compared(gan, recipe, parts):
    """The trained generator beside bicubic on the test images: a Comparison."""
    methods = {
        "bicubic": scoring.bicubic(recipe.factor),
        recipe.system: scoring.as_method(gan.upscaler, parts.test.labels),
    }
    return scoring.compare(methods, parts.test, recipe.factor)


def record(recipe, full, images, out, bits="auto"):
    """Split, build, train and compare in a row; writes and returns the result.

    ``full`` is the recipe at its preset; where ``recipe`` is smaller, the result says so.
    ``out`` is the JSON's path.
    """
    parts = split(recipe, images)
    gan = build(recipe, parts, bits)
    history = train(gan, recipe, parts)
    comparison = compared(gan, recipe, parts)
    scale = scaled_down(recipe, full)
    result = results.result(recipe, parts, gan, history, comparison, scale)
    results.write(out, result)
    print(comparison.table())
    return result


def scaled_down(recipe, full):
    """In words, how a recipe differs from the full one of its preset; "" where it does not."""
    changes = [
        f"{name.replace('_', ' ')} {getattr(recipe, name)} instead of {value}"
        for name, value in full.to_dict().items()
        if getattr(recipe, name) != value
    ]
    return ", ".join(changes)
