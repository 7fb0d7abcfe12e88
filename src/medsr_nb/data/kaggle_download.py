"""Kaggle's two data sets by download, through kagglehub or else kaggle."""

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
UNWANTED = ("__MACOSX/", "chest_xray/__MACOSX/", "chest_xray/chest_xray/")  # second copies


def downloaded_sets():
    """Kaggle's two data sets as a dictionary from set to folder, downloaded when need be.

    A set that an earlier call fetched is taken from the cache; else kagglehub is asked, which
    needs no account for public sets, then kaggle. Raises DataUnavailable when both fail or a
    token is malformed.
    """
    copy_colab_secrets()
    return {name: downloaded_set(name) for name in (BRAIN, CHEST)}


def downloaded_set(name):
    """Folder of one data set; raises DataUnavailable with the reason of each way that failed."""
    kept = cache_dir() / "kaggle" / name
    if not missing_folders(name, kept):
        return kept
    check_tokens()
    reasons = []
    for fetch in (fetched_by_kagglehub, fetched_by_kaggle):
        try:
            folder = fetch(name)
        except (Exception, SystemExit) as error:  # kaggle without a token exits on import
            reasons.append(f"  {fetch.__name__.rpartition('_')[2]}: {told(error)}")
            continue
        if not (missing := missing_folders(name, folder)):
            return folder
        reasons.append(
            f"  {fetch.__name__.rpartition('_')[2]}: {folder} is incomplete, it has no images in "
            f"{', '.join(missing)}; delete it and try again"
        )
    reasons.append(f"  credentials: {credentials_found()}")
    raise DataUnavailable(
        f"Kaggle's data set {OWNERS[name]}/{name} could not be fetched:\n" + "\n".join(reasons)
    )


def told(error):
    """One line about ``error``."""
    if isinstance(error, SystemExit):
        return "stopped on import, as it does where it finds no token"
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


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
    import kaggle

    kept = cache_dir() / "kaggle" / name
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=f"{name}-part-") as part:
        kaggle.api.authenticate()
        kaggle.api.dataset_download_files(f"{OWNERS[name]}/{name}", path=part, quiet=False)
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


def copy_colab_secrets():
    """Copy Kaggle's names from Colab's secrets into the environment, where the packages look.

    Names already set are kept. Outside Colab, and for a secret that is missing or not shared
    with the notebook, nothing happens.
    """
    try:
        from google.colab import userdata
    except Exception:  # not in Colab, or a Colab without secrets
        return
    for name in TOKEN_NAMES:
        if not os.environ.get(name):
            try:
                secret = userdata.get(name)
            except Exception:  # Colab has one error for each way a secret may be withheld
                continue
            if secret:
                os.environ[name] = secret


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
    """Which form of Kaggle credentials is set, in words; never the credentials themselves."""
    if os.environ.get("KAGGLE_API_TOKEN"):
        return "KAGGLE_API_TOKEN"
    if Path("~/.kaggle/access_token").expanduser().is_file():
        return "~/.kaggle/access_token"
    if os.environ.get("KAGGLE_USERNAME"):
        return "KAGGLE_USERNAME and KAGGLE_KEY"
    files = [str(file) for file in kaggle_json_files() if file.is_file()]
    return files[0] if files else "none found (public sets may still be fetched without)"
