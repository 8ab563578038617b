"""What the service accepts of each parameter, and generated values that keep the rules.

The table is written from the service's own documentation, not from the contract, which it judges.
"""

from __future__ import annotations

import string

import attrs
from hypothesis import strategies as st

INVOKE = "invoke_endpoint"
QUEUE = "invoke_endpoint_async"
STREAM = "invoke_endpoint_with_response_stream"

ALNUM = string.ascii_letters + string.digits
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


def name(longest: int) -> st.SearchStrategy[str]:
    """Letters, digits and inner hyphens."""
    ends = st.sampled_from(ALNUM)
    inner = st.text(ALNUM + "-", max_size=longest - 2)
    return st.one_of(ends, st.builds("{}{}{}".format, ends, inner, ends))


def text(alphabet: str, shortest: int, longest: int) -> st.SearchStrategy[str]:
    """Text without white space at its ends."""
    inside = st.text(alphabet, min_size=shortest, max_size=longest)
    return inside.filter(lambda value: value == value.strip(" \t"))


def printable(shortest: int, longest: int) -> st.SearchStrategy[str]:
    return text(VISIBLE + " ", shortest, longest)


def ascii_text(shortest: int, longest: int) -> st.SearchStrategy[str]:
    return text(VISIBLE + " \t", shortest, longest)


@attrs.frozen
class Text:
    operations: tuple[str, ...]
    header: str
    valid: st.SearchStrategy[str]
    longest: int
    shortest: int = 0
    wrong: tuple[str, ...] = ()
    filler: str = "x"
    is_sensitive: bool = False


@attrs.frozen
class Number:
    header: str
    least: int
    greatest: int


ALL = (INVOKE, QUEUE, STREAM)
NOT_NAMES = (
    "",
    "-a",
    "a-",
    "a_b",
    "a.b",
    "a/b",
    "..",
    ".",
    "../a",
    "a/../b",
    "a%2Fb",
    "a b",
    "a:b",
)
NOT_NAMES += ("a?b", "a#b", "a@b", "a\\b", "a;b", "*", "a,b", "arn:aws:sagemaker:::endpoint/a")
PREFIX = "X-Amzn-SageMaker-"

TEXTS = {
    "endpoint_name": Text(ALL, "", name(63), 63, 1, NOT_NAMES),
    "content_type": Text(ALL, "Content-Type", ascii_text(1, 1024), 1024),
    "accept": Text(ALL, "Accept", ascii_text(1, 1024), 1024),
    "custom_attributes": Text(
        ALL, PREFIX + "Custom-Attributes", ascii_text(1, 1024), 1024, is_sensitive=True
    ),
    "inference_id": Text(ALL, PREFIX + "Inference-Id", printable(1, 64), 64, 1, ("a\tb",)),
    "target_model": Text(
        (INVOKE,), PREFIX + "Target-Model", printable(1, 1024), 1024, 1, ("a\tb",)
    ),
    "target_variant": Text((INVOKE, STREAM), PREFIX + "Target-Variant", name(63), 63, 1, NOT_NAMES),
    "target_container_hostname": Text(
        (INVOKE, STREAM), PREFIX + "Target-Container-Hostname", name(63), 63, 1, NOT_NAMES
    ),
    "enable_explanations": Text(
        (INVOKE,), PREFIX + "Enable-Explanations", ascii_text(1, 64), 64, 1
    ),
    "inference_component_name": Text(
        (INVOKE, STREAM), PREFIX + "Inference-Component", name(63), 63, 1, NOT_NAMES
    ),
    "session_id": Text((INVOKE, STREAM), PREFIX + "Session-Id", name(256), 256, 1, NOT_NAMES),
    "prefix_aware_id": Text(
        (INVOKE, STREAM), PREFIX + "Prefix-Aware-Id", printable(1, 64), 64, 1, ("a\tb",)
    ),
    "input_location": Text(
        (QUEUE,),
        PREFIX + "InputLocation",
        st.builds(
            "{}://{}{}".format,
            st.sampled_from(["s3", "https"]),
            st.text(ALNUM + "-._:", min_size=1, max_size=60),
            text(VISIBLE + " ", 0, 200).map(lambda rest: f"/{rest}" if rest else ""),
        ),
        1024,
        1,
        (
            "s3:/b/k",
            "s3:///k",
            "http://h/p",
            "ftp://h/p",
            "S3://b/k",
            "b/k",
            "/etc/passwd",
            "s3://",
        ),
        filler="s3://b/" + "x" * 1024,
    ),
    "s3_output_path_extension": Text(
        (QUEUE,),
        PREFIX + "S3OutputPathExtension",
        st.text(ALNUM + "!_.*'()/-", min_size=1, max_size=512),
        512,
        1,
        ("s3://b/k", "https://h", "a b", "a:b", "a\\b", "a%20b", "a?b", "a&b", "a+b", "~"),
    ),
    "filename": Text(
        (QUEUE,),
        PREFIX + "Filename",
        st.builds(
            "{}{}{}".format,
            st.sampled_from(ALNUM),
            st.text(ALNUM + "-_", max_size=20),
            st.one_of(st.just(""), st.text(ALNUM + "-_", max_size=10).map(".{}".format)),
        ),
        32,
        1,
        (".a", "-a", "_a", "a.b.c", "a..b", "..", "a/b", "a b", "a.tar.gz", "../a"),
    ),
}
NUMBERS = {
    "request_ttl_seconds": Number(PREFIX + "RequestTTLSeconds", 60, 21600),
    "invocation_timeout_seconds": Number(PREFIX + "InvocationTimeoutSeconds", 1, 3600),
}


def wire_name(operation: str, parameter: str) -> str:
    """The header that a parameter of an operation travels in."""
    if parameter in NUMBERS:
        return NUMBERS[parameter].header
    header = TEXTS[parameter].header
    if (operation, parameter) in {(QUEUE, "content_type"), (QUEUE, "accept"), (STREAM, "accept")}:
        header = PREFIX + header
    return header


def parameters_of(operation: str) -> st.SearchStrategy[dict[str, str | int]]:
    """Some of an operation's parameters, the name among them, without the body or its location."""
    optional: dict[str, st.SearchStrategy[str | int]] = {
        name: rule.valid
        for name, rule in TEXTS.items()
        if operation in rule.operations and name not in {"endpoint_name", "input_location"}
    }
    if operation == QUEUE:
        optional |= {name: st.integers(rule.least, rule.greatest) for name, rule in NUMBERS.items()}
    return st.fixed_dictionaries({"endpoint_name": TEXTS["endpoint_name"].valid}, optional=optional)
