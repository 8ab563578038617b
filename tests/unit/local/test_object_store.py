"""The directory that stands for S3: what is put is there whole, and nothing leads out."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.local._object_store import InvalidLocationError, ObjectStore, split_location


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ObjectStore:
    return ObjectStore(tmp_path_factory.mktemp("outside") / "root")


def put(store: ObjectStore, bucket: str, key: str, data: bytes) -> None:
    with store.writing(store.path(bucket, key), "text/plain") as file:
        file.write(data)


def test_an_object_is_a_file_below_its_buckets_folder(tmp_path):
    store = ObjectStore(tmp_path)
    put(store, "my-bucket", "a/b c.txt", b"data")

    assert (tmp_path / "my-bucket" / "a" / "b c.txt").read_bytes() == b"data"
    assert store.content_type(store.path("my-bucket", "a/b c.txt")) == "text/plain"


def test_a_file_that_somebody_put_there_is_an_object(tmp_path):
    (tmp_path / "my-bucket").mkdir()
    (tmp_path / "my-bucket" / "input.json").write_text("{}")
    store = ObjectStore(tmp_path)
    path = store.path("my-bucket", "input.json")

    status = store.status(path)

    assert status is not None
    assert status.st_size == 2
    assert store.content_type(path) == "binary/octet-stream"


def test_a_folder_is_no_object(tmp_path):
    store = ObjectStore(tmp_path)
    put(store, "my-bucket", "a/b", b"")

    assert store.status(store.path("my-bucket", "a")) is None
    assert store.status(store.path("my-bucket", "x" * 4000)) is None


def test_an_object_appears_whole_or_not_at_all(tmp_path):
    store = ObjectStore(tmp_path)
    path = store.path("my-bucket", "key")

    def interrupted() -> None:
        with store.writing(path, None) as file:
            file.write(b"half")
            assert store.status(path) is None
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert store.status(path) is None
    assert list((tmp_path / ".uploads").iterdir()) == []


hostile = st.one_of(
    st.lists(
        st.sampled_from(["..", ".", "", "a", "b", "...", "~", "C:", "\\", "..\\..", "\0", "%2e"]),
        min_size=1,
        max_size=6,
    ).map("/".join),
    st.text(max_size=20),
)


@settings(max_examples=300, deadline=None)
@given(bucket=st.one_of(st.just("bucket"), hostile), key=hostile)
def test_no_name_leads_out_of_the_root(store, bucket, key):
    try:
        path = store.path(bucket, key)
    except InvalidLocationError:
        return
    root = store.path("bucket", "x").parent.parent

    assert os.path.realpath(path).startswith(str(root / bucket) + os.sep)


@pytest.mark.parametrize(
    "bucket", ["", "ab", "A-Bucket", "..", "a..b", ".uploads", "a" * 64, "a/b"]
)
def test_the_names_of_buckets_are_s3s(store, bucket):
    with pytest.raises(InvalidLocationError, match="name of a bucket"):
        store.path(bucket, "key")


def test_a_link_does_not_lead_out_either(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    store = ObjectStore(tmp_path / "root")
    put(store, "bucket", "ok", b"")
    (tmp_path / "root" / "bucket" / "link").symlink_to(secret)
    (tmp_path / "root" / "bucket" / "folder").symlink_to(tmp_path)

    for key in ("link", "folder/secret.txt"):
        with pytest.raises(InvalidLocationError, match="outside its bucket"):
            store.path("bucket", key)


def test_locations_are_split_into_bucket_and_key():
    assert split_location("s3://bucket/a/b c") == ("bucket", "a/b c")


@pytest.mark.parametrize(
    "location", ["", "s3://", "s3://bucket", "s3://bucket/", "https://bucket/key", "file:///etc"]
)
def test_other_locations_are_refused(location):
    with pytest.raises(InvalidLocationError, match="s3://bucket/key"):
        split_location(location)
