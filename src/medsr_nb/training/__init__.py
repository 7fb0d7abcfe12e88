"""The training steps, each once, and the loop around them.

``experiment.py`` comes first: ``split``, ``build`` and ``train``, as the notebooks call them. Then
``steps.py`` and ``adversarial.py``, where a step stands complete, ``systems.py``, which says what
each system is made of, and ``loop.py``, which stops and goes on.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "adversarial": [
            "AdversarialModel",
            "ConditionalAdversarialModel",
            "LogitAdversarialModel",
            "judged_by_still",
        ],
        "callbacks": ["Previews", "StepBar", "TensorBoardLog"],
        "experiment": (
            "batch_size build held kept_folder split split_note stages train train_cell"
        ).split(),
        "steps": ["Batches", "DeviceImages", "PixelModel", "portrait"],
        "systems": ["GANS", "generator", "networks", "optimizer"],
    },
)
