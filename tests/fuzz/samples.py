"""What fuzzing begins with: valid input of every kind, to be mutated."""

from __future__ import annotations

from tests.faults.origin import frame, frames

__all__ = ["SAMPLES"]

_PART = {":message-type": "event", ":event-type": "PayloadPart"}
_EXCEPTION = {":message-type": "exception", ":exception-type": "ModelStreamError"}
_ERROR = {":message-type": "error", ":error-code": "InternalStreamFailure", ":error-message": "no"}
_STREAM = b"".join([*frames(b'data: {"a": 1}\n\ndata: [DONE]\n\n', 9), frame(b"x", _PART)])

SAMPLES: dict[str, list[bytes]] = {
    "event_stream": [_STREAM, _STREAM + frame(b'{"Message":"no"}', _EXCEPTION)],
    "response_stream": [
        _STREAM,
        _STREAM + frame(b'{"Message":"no","ErrorCode":"StreamBroken"}', _EXCEPTION),
        _STREAM + frame(b"", _ERROR),
        b"".join(frames(b'{"a":[1,2,{"b":"\xc3\xa9"}]}\n[]\n', 5)),
    ],
    "lines": [b"one\ntwo\r\nthree\rfour", "é\u2028è\n".encode()],
    "text": ["é日本".encode("utf-16"), "日本".encode("shift_jis"), b"+AOk-"],
    "json_values": [b'{"a":[1,-2.5e3,{"b":"\\u00e9\\\\"}]}[]null\n"x"\xef\xbb\xbf', b"NaN 1"],
    "server_sent_events": [b"event: a\ndata: 1\ndata:2\nid: 3\nretry: 10\n\n: comment\r\rdata\n\n"],
    "answer": [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nConnection: close\r\n\r\nno",
        b"HTTP/1.0 204\r\n\r\n",
    ],
    "service_error": [
        b'ValidationError:http://x\n{"message":"no","__type":"a#ValidationError"}',
        b'ModelError\n{"OriginalMessage":"x","OriginalStatusCode":500,"LogStreamArn":"arn"}',
        b"\n<Error><Code>SlowDown</Code><Message>a &amp; b</Message></Error>",
        b"x\n<html><h1>502</h1></html>",
    ],
    "output": [b'abc; Expires=2026-01-02T03:04:05Z\n{"InferenceId":"x"}', b"text/plain; charset=x"],
    "waits": [b"120", b"Wed, 21 Oct 2015 07:28:00 GMT", b"(20130908T173500Z - 5 min.)"],
    "request_headers": [b"text/csv", b"NEW_SESSION", "é".encode(), b"a\r\nX-B: c", b"../a"],
    "request_head": [b"value", b"a\r\nb: c", "日".encode()],
    "shared_files": [
        b"[default]\nregion = us-east-1\ns3 =\n  a = b\n[profile x]\n# no\nkey: value\n more\n",
        b"[DEFAULT]\na=b\n[sso-session y]\n[services z]\n[profile 'a b']\n",
    ],
    "credentials_document": [
        b'{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"0123456789012345678901"}',
        b'{"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-01-02"}',
    ],
    "endpoint_url": [b"https://a.example.com:8443/base/", b"http://[::1]:80", b"http://localhost"],
}
