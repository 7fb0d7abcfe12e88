"""One file from the internet: in pieces, checked, whole or not at all."""

import hashlib
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request

from ..machine import UserError

ATTEMPTS, PAUSE, TIMEOUT = 3, 2.0, 30.0  # seconds; TIMEOUT is how long a network may say nothing
BLOCK = 2**18
DIGESTS = "digests.json"


def download(url, path, sha256=""):
    """``path``, fetched from ``url`` if it is not there yet, and checked in either case.

    Its SHA-256 is compared with ``sha256``. Where that is "", the first one found is written
    into ``digests.json`` beside the file and printed, and later ones are compared with it.
    Raises UserError without internet, for an address that is gone, for a file that came
    incomplete, and for a wrong digest, in which case the file is renamed to end in .refused.
    """
    if path.exists():
        check(path, digest_of(path), path, sha256)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        check(part, fetched(url, part, path), path, sha256)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def fetched(url, part, path):
    """Fetches ``url`` into ``part``, trying again where that may help; its SHA-256."""
    by_hand = f"If you have {path.name} from elsewhere, put it into {path.parent}."
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return stream(url, part)
        except urllib.error.HTTPError as error:
            reason = f"the server answers {error.code} {error.reason}"
            if error.code in (404, 410):
                raise UserError(f"{url} is gone ({reason}). {by_hand}") from error
            if error.code < 500:
                break
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
        if attempt < ATTEMPTS:
            time.sleep(PAUSE * attempt)
    raise UserError(f"{url} could not be fetched ({reason}). Is there internet? {by_hand}")


def stream(url, part):
    """Writes what an address gives into ``part``; its SHA-256.

    Raises ConnectionError where less comes than was announced, and the errors of urllib.
    """
    with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, open(part, "wb") as file:
        total = int(answer.headers.get("Content-Length") or 0)
        done, digest = 0, hashlib.sha256()
        show = progress(url.rsplit("/", 1)[-1], total)
        while block := answer.read(BLOCK):
            file.write(block)
            digest.update(block)
            done += len(block)
            show(done)
    if done < total:
        raise ConnectionError(f"only {done} of {total} bytes came")
    return digest.hexdigest()


def progress(name, total):
    """A function that shows how many bytes have come; silent where nobody watches."""
    if not (sys.stdout.isatty() or "ipykernel" in sys.modules):
        return lambda done: None
    shown = None

    def show(done):
        nonlocal shown
        share = min(1.0, done / total) if total else 0.0
        step = int(100 * share) if total else done // 10**6
        if step != shown:
            bar, end = "#" * int(30 * share), "\n" if share == 1.0 else ""
            print(f"\r{name} [{bar:<30}] {done / 1e6:.1f} MB", end=end, flush=True)
        shown = step

    return show


def digest_of(path):
    """The SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(held, found, path, sha256):
    """Compares the digest of the file ``held``, to be kept at ``path``, with the known one.

    Where none is known, it is written down as the one that later ones must be. Raises UserError,
    and puts the file aside, where it is another.
    """
    record = path.with_name(DIGESTS)
    known = recorded(record)
    expected = sha256 or known.get(path.name)
    if expected is None:
        part = record.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(known | {path.name: found}, indent=1) + "\n", encoding="utf-8")
        os.replace(part, record)
        print(f"{path.name}: SHA-256 {found}, none known before, recorded in {record}")
    elif found != expected:
        aside = path.with_name(f"{path.name}.refused")
        os.replace(held, aside)
        raise UserError(
            f"{path.name} is not the file that it should be: its SHA-256 is {found}, expected is "
            f"{expected}. It was put aside as {aside} and not opened. Download it again; if that "
            "ends the same, the published file was changed."
        )


def recorded(record):
    """{file name: SHA-256} that was written down; UserError where that file is damaged."""
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UserError(f"{record} is damaged; delete it to record digests anew.") from error
    return known
