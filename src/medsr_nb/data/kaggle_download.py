"""Kaggle's two data sets by download, through kagglehub or else kaggle."""

import contextlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from ..machine import cache_dir
from .folders import BRAIN, CHEST, KAGGLE_FOLDERS, OWNERS
from .imageset import DataUnavailable

TOKEN_NAMES = ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY")
LONGEST = 300  # letters of an error that are shown
UNWANTED = ("__MACOSX/", "chest_xray/__MACOSX/", "chest_xray/chest_xray/")  # second copies


def downloaded_sets():
    """Kaggle's two data sets as a dictionary from set to folder, downloaded when need be.

    A set that an earlier call fetched is taken from the cache; else kagglehub is asked, which
    needs no account for public sets, then kaggle. Raises DataUnavailable when both fail or a
    token is malformed.
    """
    kept = {name: cache_dir() / "kaggle" / name for name in (BRAIN, CHEST)}
    wanted = [name for name, folder in kept.items() if missing_folders(name, folder)]
    if not wanted:
        return kept
    with colab_secrets():
        check_tokens()
        return kept | {name: downloaded_set(name) for name in wanted}


def downloaded_set(name):
    """Folder of one data set; raises DataUnavailable with the reason of each way that failed."""
    reasons = []
    for fetch in (fetched_by_kagglehub, fetched_by_kaggle):
        try:
            folder = fetch(name)
        except Exception as error:
            reasons.append(f"  {fetch.__name__.rpartition('_')[2]}: {told(error)}")
            continue
        if not (missing := missing_folders(name, folder)):
            return folder
        reasons.append(
            f"  {fetch.__name__.rpartition('_')[2]}: {folder} is incomplete, it has no images in "
            f"{', '.join(missing)}; delete it and try again"
        )
    found = credentials_found() or "none found (public sets may still be fetched without)"
    reasons.append(f"  credentials: {found}")
    raise DataUnavailable(
        f"Kaggle's data set kaggle.com/datasets/{OWNERS[name]}/{name} could not be fetched:\n"
        + "\n".join(reasons)
    )


def told(error):
    """One line about ``error``, with Kaggle's own words where the error carries its answer."""
    line = f"{type(error).__name__}: {' '.join(str(error).split())[:LONGEST]}".rstrip(": ")
    answer = getattr(error, "body", None) or getattr(getattr(error, "response", None), "text", "")
    with contextlib.suppress(ValueError, KeyError, TypeError):
        words = str(json.loads(answer)["message"])
        line += "" if words in line else f" Kaggle says: {words[:LONGEST]}"
    return line


def missing_folders(name, folder):
    """Class folders of the data set that have no files in ``folder``; Kaggle's val is optional."""
    return [
        below
        for below, *_ in KAGGLE_FOLDERS[name]
        if "/val/" not in below
        and not ((folder / below).is_dir() and any((folder / below).iterdir()))
    ]


def fetched_by_kagglehub(name):
    """Folder of a data set in kagglehub's cache; it marks only whole downloads complete."""
    import kagglehub

    return Path(kagglehub.dataset_download(f"{OWNERS[name]}/{name}"))


def fetched_by_kaggle(name):
    """Folder of a data set in our cache, by the kaggle package.

    Download and unpacking happen in a temporary folder, renamed at the end, so that an
    interruption leaves nothing that a later call would take for the whole set. Zip checks each
    file's sum while unpacking.
    """
    api = kaggle_api()
    kept = cache_dir() / "kaggle" / name
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=f"{name}-part-") as part:
        api.dataset_download_files(f"{OWNERS[name]}/{name}", path=part, quiet=False)
        (archive,) = Path(part).glob("*.zip")
        unpacked = Path(part, "unpacked")
        with zipfile.ZipFile(archive) as source:
            wanted = [each for each in source.namelist() if not each.startswith(UNWANTED)]
            source.extractall(unpacked, wanted)
        if missing := missing_folders(name, unpacked):
            raise ValueError(f"the archive has no images in {', '.join(missing)}")
        shutil.rmtree(kept, ignore_errors=True)
        os.replace(unpacked, kept)
    return kept


def kaggle_api():
    """The kaggle package's interface, with a token. Raises PermissionError with what it printed.

    Without a token it prints what to do and calls ``exit``, some versions while they are imported.
    In a notebook ``exit`` does not exist, and its NameError would hide what was printed.
    """
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            import kaggle

            printed.truncate(printed.seek(0))  # what a version printed, and did without
            kaggle.api.authenticate()
    except (SystemExit, NameError) as error:
        said = " ".join(printed.getvalue().split())
        raise PermissionError(said or "stopped, as it does where it finds no token") from error
    return kaggle.api


@contextlib.contextmanager
def colab_secrets():
    """In here alone Kaggle's names from Colab's secrets are in the environment, for its packages.

    Names already set are kept, and nothing is asked for where the reader has another credential.
    Each name is asked for once: kagglehub would ask again with every request, and Colab waits ten
    seconds for a reader who does not answer. Outside Colab nothing happens.
    """
    try:
        from google.colab import userdata
    except Exception:  # not in Colab, or a Colab without secrets
        yield
        return
    answers = {}
    if credentials_found() is None:
        print("Asking Colab for your Kaggle secrets; grant access where it asks ...", flush=True)
        answers = asked_secrets(userdata.get)
    added = {name: answers[name] for name in answers if answers[name] and not os.environ.get(name)}
    os.environ.update(added)
    asked, userdata.get = userdata.get, lambda name: answers.get(name) or ""
    try:
        yield
    finally:
        userdata.get = asked
        for name in added:
            os.environ.pop(name, None)


def asked_secrets(get):
    """{name: secret, or None where it is missing or withheld}, by Colab's function ``get``."""
    answers = {}
    for name in TOKEN_NAMES:
        try:
            answers[name] = os.environ.get(name) or get(name)
        except Exception as error:  # Colab has one error for each way a secret may be withheld
            if "Timeout" in type(error).__name__:  # nobody looks: the other names would wait too
                print("Nobody answered; going on without a Kaggle token.", flush=True)
                break
            continue
        if answers.get("KAGGLE_API_TOKEN"):  # enough by itself
            break
    return answers


def kaggle_json_files():
    """Places where Kaggle's packages look for ``kaggle.json``."""
    chosen = os.environ.get("KAGGLE_CONFIG_DIR")
    folders = [chosen] if chosen else ["~/.kaggle", "~/.config/kaggle"]
    return [Path(folder).expanduser() / "kaggle.json" for folder in folders]


def check_tokens():
    """Raise DataUnavailable for a credential that is set but cannot be one, naming where it is."""
    username, key = (bool(os.environ.get(name)) for name in ("KAGGLE_USERNAME", "KAGGLE_KEY"))
    access_token = Path("~/.kaggle/access_token").expanduser()
    if os.environ.get("KAGGLE_API_TOKEN"):
        return
    if access_token.is_file():
        if not access_token.read_text(errors="replace").strip():
            raise DataUnavailable(f"{access_token} is empty. Write your Kaggle token into it.")
        return
    if username != key:
        given, lacking = ("USERNAME", "KEY") if username else ("KEY", "USERNAME")
        raise DataUnavailable(
            f"KAGGLE_{given} is set but KAGGLE_{lacking} is not. Set both, or neither."
        )
    if username:
        return
    for file in filter(Path.is_file, kaggle_json_files()):
        try:
            content = json.loads(file.read_text("utf-8"))
            valid = all(content[name] for name in ("username", "key"))
        except (ValueError, KeyError, TypeError, OSError):
            valid = False
        if not valid:
            raise DataUnavailable(
                f'{file} is not a Kaggle token: it must read {{"username": "...", "key": "..."}}. '
                "Create a new one under kaggle.com/settings, or delete the file."
            )


def credentials_found():
    """Which form of Kaggle credentials is set, in words, or None; never the credentials."""
    if os.environ.get("KAGGLE_API_TOKEN"):
        return "KAGGLE_API_TOKEN"
    if Path("~/.kaggle/access_token").expanduser().is_file():
        return "~/.kaggle/access_token"
    if os.environ.get("KAGGLE_USERNAME") and os.environ.get("KAGGLE_KEY"):
        return "KAGGLE_USERNAME and KAGGLE_KEY"
    files = [str(file) for file in kaggle_json_files() if file.is_file()]
    return files[0] if files else None
