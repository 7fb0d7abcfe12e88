"""What is minimised: ``pixel.py``, ``adversarial.py``, and distances between features.

Begin with ``pixel.py`` and ``adversarial.py``, a function an equation. ``perceptual.py`` compares
features, of VGG19 or of the small classifier of medical labels (``classifier.py``, ``weights/``);
``spectral.py`` compares whole pictures.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "adversarial": (
            "class_loss cross_entropy detail_weights discriminator_logit_loss discriminator_loss "
            "generator_adversarial_loss generator_logit_loss logit_cross_entropy "
            "relativistic_discriminator_loss relativistic_generator_loss"
        ).split(),
        "classifier": (
            "CLASSES PLANS classifier_checksums classifier_network features load_classifier "
            "predicted_labels store_classifier"
        ).split(),
        "perceptual": ["perceptual_distances", "perceptual_loss"],
        "pixel": ["mean_absolute_error", "mean_squared_error", "negative_psnr", "ssim_loss"],
        "rings": ["hann", "rings_of"],
        "spectral": ["pattern_loss", "spectral_loss", "tile_loss"],
    },
)
