"""How large a picture that Pillow opened says that its pixels are."""

RESOLUTIONS, RESOLUTION_UNIT = (282, 283), 296  # of EXIF: across and down; 3 is per cm


def dpi_of(picture):
    """Dots per inch (across, down) that a picture states; None where it states none that can be.

    Of the two in EXIF Pillow tells the first, and 72 where there is none.
    """
    stated = picture.info.get("dpi", ())
    if picture.format == "JPEG" and not picture.info.get("jfif_unit"):
        exif = picture.getexif()
        per_inch = 2.54 if exif.get(RESOLUTION_UNIT) == 3 else 1.0
        try:
            stated = [per_inch * float(exif.get(tag, 0)) for tag in RESOLUTIONS]
        except (TypeError, ValueError):  # a note may hold anything
            return None
    dpi = tuple(float(one) for one in stated)
    return dpi if dpi and all(0 < one < 1e6 for one in dpi) else None


def aspect_of(picture):
    """A note on pixels that are no squares, where no dots per inch say how large they are.

    Pillow writes them nowhere. PNG and JPEG have them.
    """
    densities = picture.info.get("aspect")
    if picture.info.get("jfif_unit") == 0:
        densities = picture.info.get("jfif_density")
    if dpi_of(picture) or not densities or densities[0] == densities[1]:
        return []
    return [f"left out that its pixels are {densities[1]} wide and {densities[0]} high"]
