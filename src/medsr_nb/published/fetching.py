"""One file from the internet, whole and with the SHA-256 that it should have, or not at all."""

import hashlib
import json
import os

from ..machine import UserError, bar, write_text

ATTEMPTS, TIMEOUT = 3, 30.0  # TIMEOUT is how many seconds a network may say nothing
BLOCK = 2**18
DIGESTS = "digests.json"


def download(url, path, sha256=""):
    """``path``, fetched from ``url`` if it is not there yet, and checked in either case.

    Its SHA-256 is compared with ``sha256``. Where that is "", the first one found is written
    into ``digests.json`` beside the file and printed, and later ones are compared with it.
    Raises UserError without internet, for an address that is gone, for a file that came
    incomplete, and for a wrong digest, in which case the file is renamed to end in .refused.
    """
    if not path.exists():
        fetch(url, path)
    check(path, sha256)
    return path


def fetch(url, path):
    """Brings ``path``, whole or not at all; asks again where that may help."""
    import pooch  # late, as it is slow to import, and requests too, which it brings
    import requests

    pooch.get_logger().setLevel("WARNING")  # the bar says enough
    by_hand = f"If you have {path.name} from elsewhere, put it into {path.parent}."

    def attempt(url, file, _):
        # Shown at once: pooch winds the bar back at its end, and a bar with a delay takes that
        # for a new start.
        shown = bar(desc=path.name, total=1, unit="B", unit_scale=True, delay=0)
        try:
            pooch.HTTPDownloader(shown, BLOCK, timeout=TIMEOUT)(url, file, None)
        except requests.HTTPError as error:
            status = error.response.status_code
            if status >= 500:
                raise
            what = "is gone" if status in (404, 410) else "could not be fetched"
            raise UserError(f"{url} {what} ({error}). {by_hand}") from error
        finally:
            shown.close()

    source = pooch.create(path.parent, "", registry={path.name: None}, urls={path.name: url},
                          retry_if_failed=ATTEMPTS - 1)  # fmt: skip
    try:
        source.fetch(path.name, downloader=attempt)
    except OSError as error:  # requests' errors are OSErrors, each around the real one
        while error.__context__ is not None:
            error = error.__context__
        raise UserError(
            f"{url} could not be fetched ({error}). Is there internet? {by_hand}"
        ) from error


def check(path, sha256):
    """Compares the file at ``path`` with its known digest.

    Where none is known, it is written down as the one that later ones must be. Raises UserError,
    and puts the file aside, where it is another.
    """
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    record = path.with_name(DIGESTS)
    known = recorded(record)
    expected = sha256 or known.get(path.name)
    if expected is None:
        write_text(record, json.dumps(known | {path.name: found}, indent=1) + "\n")
        print(f"{path.name}: SHA-256 {found}, none known before, recorded in {record}")
    elif found != expected:
        aside = path.with_name(f"{path.name}.refused")
        os.replace(path, aside)
        raise UserError(
            f"{path.name} is not the file that it should be: its SHA-256 is {found}, expected is "
            f"{expected}. It was put aside as {aside} and not opened. Download it again; if that "
            "ends the same, the published file was changed."
        )


def recorded(record):
    """{file name: SHA-256} that was written down; UserError where that file is damaged."""
    try:
        return json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UserError(f"{record} is damaged; delete it to record digests anew.") from error
