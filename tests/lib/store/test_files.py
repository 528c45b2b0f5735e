import errno
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from lib.store.files import cache_folder, user_path, write_atomically


def test_the_cache_folder_is_where_the_environment_says(monkeypatch):
    monkeypatch.setenv("LIB_CACHE", "/somewhere/else")
    assert cache_folder() == Path("/somewhere/else")


@pytest.mark.parametrize("value", [None, ""])
def test_the_cache_folder_is_else_the_systems(monkeypatch, value):
    if value is None:
        monkeypatch.delenv("LIB_CACHE")
    else:
        monkeypatch.setenv("LIB_CACHE", value)
    assert cache_folder() == user_cache_path("which-digit-is-bigger", appauthor=False)


def test_a_folder_in_the_environment_may_be_in_the_users_home(monkeypatch):
    monkeypatch.setenv("LIB_ANY", "~/digits")
    assert user_path("LIB_ANY") == Path.home() / "digits"
    monkeypatch.delenv("LIB_ANY")
    assert user_path("LIB_ANY") is None


def test_writing_makes_the_folders_and_leaves_only_the_file(tmp_path):
    path = tmp_path / "a" / "b" / "file"
    write_atomically(path, lambda file: file.write(b"whole"))
    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    seen = []

    def write(file):
        file.write(b"new ")
        file.flush()
        seen.append(path.read_bytes())
        file.write(b"and whole")

    write_atomically(path, write)
    assert seen == [b"old"]
    assert path.read_bytes() == b"new and whole"


def full_disk(file):
    file.write(b"half of it")
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_names_the_path_and_the_way_out(tmp_path):
    path = tmp_path / "ledger" / "round.json"
    with pytest.raises(OSError, match=r"No space left on device: .*LIB_CACHE and LIB_LEDGER") as caught:
        write_atomically(path, full_disk)
    assert caught.value.errno == errno.ENOSPC
    assert str(path) in str(caught.value)


def test_a_folder_that_cannot_be_made_names_the_path_too(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"file/round\.json was not written.*LIB_LEDGER"):
        write_atomically(tmp_path / "file" / "round.json", lambda file: file.write(b""))


def interrupted(file):
    file.write(b"half of it")
    raise KeyboardInterrupt


@pytest.mark.parametrize(("write", "error"), [(full_disk, OSError), (interrupted, KeyboardInterrupt)])
def test_a_write_that_fails_keeps_the_old_file_and_leaves_no_other(tmp_path, write, error):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(error):
        write_atomically(path, write)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
