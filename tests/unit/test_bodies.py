"""What is accepted as a body, and what goes on the wire, through both clients."""

from __future__ import annotations

import array
import collections
import dataclasses
import io
import json
import mmap
import pathlib
import tempfile
import types
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faces import Face, Recorder
from wrapper import ParameterError
from wrapper._bodies import encode_body

INVOKE = "invoke_endpoint"
OPERATIONS = (INVOKE, "invoke_endpoint_async", "invoke_endpoint_with_response_stream")
JSON, TEXT, BINARY = "application/json", "text/plain; charset=utf-8", "application/octet-stream"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)
json_documents = json_values.filter(lambda value: isinstance(value, dict | list))


def sent(face: Face, body, operation=INVOKE, **parameters) -> tuple[bytes, str]:
    """Body and media type as they are sent."""
    through = Recorder()
    face.call({"transport": through}, operation, "e", body=body, **parameters)
    headers = through.last.headers
    assert headers["content-length"] == str(len(through.last.content))
    assert "transfer-encoding" not in headers
    name = "content-type" if "async" not in operation else "x-amzn-sagemaker-content-type"
    return through.last.content, headers[name]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("body", "content", "media_type"),
    [
        (b"\x00\xff", b"\x00\xff", BINARY),
        (b"", b"", BINARY),
        (bytearray(b"ab"), b"ab", BINARY),
        (memoryview(b"abc")[1:], b"bc", BINARY),
        (memoryview(b"abcd")[::2], b"ac", BINARY),
        (memoryview(array.array("i", [1])), array.array("i", [1]).tobytes(), BINARY),
        ("é", "é".encode(), TEXT),
        ("", b"", TEXT),
        ({}, b"{}", JSON),
        ([], b"[]", JSON),
        ({"a": [1, 2.5, None, True, "é"]}, '{"a":[1,2.5,null,true,"é"]}'.encode(), JSON),
        ((1, (2, 3)), b"[1,[2,3]]", JSON),
        ([[1, 2], [3, 4]], b"[[1,2],[3,4]]", JSON),
        (range(3), b"[0,1,2]", JSON),
        (collections.OrderedDict(b=1, a=2), b'{"b":1,"a":2}', JSON),
        (types.MappingProxyType({"a": types.MappingProxyType({})}), b'{"a":{}}', JSON),
        (collections.UserDict({"a": collections.UserList([1])}), b'{"a":[1]}', JSON),
        (collections.deque([1, 2]), b"[1,2]", JSON),
        (collections.UserString("é"), "é".encode(), TEXT),
        ({2: "a", None: "b", True: "c"}, b'{"2":"a","null":"b","true":"c"}', JSON),
    ],
)
def test_a_body_is_sent_as_its_kind_says(face, operation, body, content, media_type):
    assert sent(face, body, operation) == (content, media_type)
    given = "application/x-ndjson"
    assert sent(face, body, operation, content_type=given) == (content, given)


@given(json_documents)
def test_json_is_what_any_parser_reads_back(face, document):
    content, media_type = sent(face, document)
    assert json.loads(content) == document
    assert media_type == JSON
    assert content == json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@given(st.binary())
def test_bytes_are_not_copied(data):
    assert encode_body(data)[0] is data


@pytest.mark.parametrize("start", [0, 3])
def test_a_file_is_sent_from_its_position(face, start):
    with tempfile.TemporaryFile() as file:
        file.write(b"0123456789")
        file.seek(start)
        assert sent(face, file) == (b"0123456789"[start:], BINARY)
        assert file.tell() == 10
        assert not file.closed
    assert sent(face, io.BytesIO(b"abc"), content_type="image/png") == (b"abc", "image/png")


def test_whatever_reads_bytes_is_a_file(face):
    class Reader:
        def __init__(self, content):
            self.content = content

        def read(self):
            return self.content

    with mmap.mmap(-1, 4) as mapped:
        assert sent(face, mapped) == (b"\0\0\0\0", BINARY)
    assert sent(face, Reader(bytearray(b"a"))) == (b"a", BINARY)
    assert sent(face, Reader(memoryview(b"ab"))) == (b"ab", BINARY)
    with pytest.raises(ParameterError, match=r"^body: a file's read\(\) must give bytes: .* list$"):
        sent(face, Reader([]))


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@dataclasses.dataclass
class Canary:
    name: str


def closed_file():
    file = io.BytesIO(b"canary")
    file.close()
    return file


def inside_itself():
    value = {}
    value["canary"] = value
    return value


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (None, "not NoneType; an empty body is b''"),
        (5, "not int; for other JSON, give json.dumps"),
        (1.5, "not float; for other JSON"),
        (True, "not bool; for other JSON"),
        ({"canary"}, "not set; give list(…)"),
        ((item for item in "canary"), "not generator; give list(…), or b''.join(…)"),
        (pd.DataFrame({"canary": [1]}), "not DataFrame; give its to_csv(header=False"),
        (Canary("canary"), "not Canary; give dataclasses.asdict(…)"),
        (closed_file(), "the file is closed"),
        (io.BufferedWriter(io.BytesIO()), "the file is not open for reading ('rb')"),
        (object(), "not object"),
        (Exception("canary"), "not Exception"),
        (pathlib.Path("canary"), "not PosixPath; give its read_bytes()"),
        (np.zeros(3), "not ndarray; give its tolist()"),
        (np.float32(1), "not float32; give its tolist()"),
        (io.StringIO("canary"), "must be open in binary mode ('rb'): this one gives str"),
        ("canary\ud800", "it has lone surrogates"),
        ({"canary": "\ud800"}, "it has lone surrogates"),
        ({"canary": float("nan")}, "neither NaN nor infinities: body[…] is nan. Put None in"),
        (
            [1, [{"a": ("b", float("-inf"))}]],
            "infinities: body[1][0][…][1] is -inf",
        ),
        ({float("nan"): "canary"}, "neither NaN nor infinities: a key of body is nan"),
        (inside_itself(), "JSON cannot hold what is inside itself"),
        (nested(100_000), "nested too deeply"),
        ({"canary": b"canary"}, "JSON has no bytes"),
        ({"canary": bytearray(b"canary")}, "JSON has no bytearray"),
        ({"canary": {"canary"}}, "JSON has no set; give list(…)"),
        ({"canary": datetime.now()}, "JSON has no datetime"),  # noqa: DTZ005  # any would do
        ({"canary": Decimal("1.5")}, "JSON has no Decimal"),
        ({"canary": uuid4()}, "JSON has no UUID; give json.dumps(…) or bytes of your own"),
        ({"canary": np.float32(1)}, "JSON has no float32"),
        ({"canary": np.zeros(2)}, "JSON has no ndarray; give its tolist()"),
        ({("canary",): 1}, "the keys of a JSON object must be str"),
        ({b"canary": 1}, "the keys of a JSON object must be str"),
    ],
    ids=lambda value: (
        value if isinstance(value, str) and value.isprintable() else type(value).__name__
    ),
)
def test_what_cannot_be_sent_is_refused_without_being_shown(face, body, problem):
    through = Recorder()
    with pytest.raises(ParameterError) as caught:
        face.call({"transport": through}, INVOKE, "e", body)
    error = caught.value
    assert problem in str(error)
    assert str(error).startswith("body: ")
    assert error.parameter == "body"
    assert error.rule
    assert error.value is None
    assert "canary" not in str(error) + repr(error)
    assert through.requests == []
    cause = error.__cause__
    assert cause is None
    assert error.__suppress_context__ or error.__context__ is None  # no traceback shows the body


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("content_type", ["text/csv", "Text/CSV; header=absent"])
def test_a_list_is_no_csv(face, operation, content_type):
    for body in ([1, 2], (1, 2), {"a": 1}):
        with pytest.raises(ParameterError, match="is sent as JSON, which content_type='") as caught:
            sent(face, body, operation, content_type=content_type)
        assert caught.value.parameter == "body"
    assert sent(face, "1,2", operation, content_type=content_type) == (b"1,2", content_type)


def test_no_body_is_none_of_a_queued_inference_alone(face):
    through = Recorder()
    face.call({"transport": through}, "invoke_endpoint_async", "e", input_location="s3://b/k")
    assert through.last.content == b""
    assert "x-amzn-sagemaker-content-type" not in through.last.headers
    assert through.last.headers["content-length"] == "0"
