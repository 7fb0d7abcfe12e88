"""The networks, one file a system, each with its ``generator`` and, in a GAN, ``discriminator``.

Begin with ``prototype.py``, the paper's final network, and ``layers.py``, what it is made of.
``rrdb.py`` and ``swin.py`` are trunks that several systems share; ``diffusion.py`` is ResShift's
chain.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=(
        "acgan cutblur diffusion esrgan iteration1 layers medsr prototype realesrgan "
        "resshift rrdb srgan srresnet swin swinir"
    ).split(),
    submod_attrs={"layers": ["PixelShuffle", "batch_norm", "conv"], "swin": ["SwinBlock"]},
)
