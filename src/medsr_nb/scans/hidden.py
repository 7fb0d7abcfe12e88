"""What transparency hides: colours that nobody sees must not spoil those beside them.

Programs leave anything under what is fully transparent, mostly black. Enlarged with the rest, it
would darken the edges that are seen.
"""

from dataclasses import replace

from scipy.ndimage import distance_transform_edt

from ..degradation import bands


def filled(scan):
    """The scan with the colours of the nearest pixels that are seen in place of hidden ones.

    Frame by frame; one that is hidden as a whole stays as it is, and so does the transparency.
    """
    if not scan.hiding or not (hidden := scan.extras[..., -1] <= 0).any():
        return scan
    planes, extras = scan.planes.copy(), scan.extras.copy()
    for plane, extra, where in zip(planes, extras, hidden, strict=True):
        if where.any() and not where.all():
            nearest = distance_transform_edt(where, return_distances=False, return_indices=True)
            plane[:] = plane[*nearest]
            extra[..., :-1] = extra[*nearest][..., :-1]
    return replace(scan, planes=planes, extras=extras)


def unseen(scan):
    """The most transparency that a result stores as 0, where that hides colours; else None."""
    if not scan.hiding:
        return None
    return 0.5 if scan.stored.whole else 0.0


def empty(scan, planes, extras):
    """Makes black, in place, what of enlarged ``planes`` is hidden: so it takes no room in a file.

    ``extras`` are the enlarged ones, whose colours ``Interpolated`` makes black. Frames that are
    hidden as a whole stay, too.
    """
    if not scan.hiding:
        return
    for plane, extra, small in zip(planes, extras, scan.extras, strict=True):
        if (small[..., -1] > 0).any():
            for rows in bands.strips(plane.shape):
                plane[rows][extra[rows][..., -1] <= unseen(scan)] = 0.0
