"""The runtime's life: starting, stopping, settings that cannot be."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
import time
import warnings
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

import wrapper
from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError
from wrapper.local import LOCAL_CREDENTIALS, LocalRuntime


def answers(url: str) -> bool:
    """Whether somebody answers at the URL (an unsigned request is refused, but answered)."""
    try:
        return httpx.post(f"{url}/endpoints/echo/invocations").status_code == 403
    except httpx.TransportError:
        return False


def test_it_serves_within_the_with_statement_and_not_after():
    with LocalRuntime() as runtime:
        url = runtime.url
        assert answers(url)

    assert not answers(url)


def test_it_can_be_started_again_and_stopped_twice():
    runtime = LocalRuntime()
    for _ in range(3):
        runtime.start()
        assert answers(runtime.url)
        runtime.stop()
        runtime.stop()


def test_it_is_not_started_twice():
    with LocalRuntime() as runtime, pytest.raises(RuntimeError, match="running already"):
        runtime.start()


def test_there_is_no_url_without_a_server():
    runtime = LocalRuntime()

    with pytest.raises(RuntimeError, match="not running"):
        _ = runtime.url
    assert repr(runtime) == "<LocalRuntime not running, endpoints ['echo']>"


def test_nothing_is_left_behind():
    before = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with LocalRuntime({"e": lambda request: request.body}) as runtime:
            kept_open = socket.create_connection(urlsplit(runtime.url).netloc.split(":"))
            assert answers(runtime.url)
            address = urlsplit(runtime.url)
        assert kept_open.recv(1) == b""  # the server has closed it
        kept_open.close()
        gc.collect()

    deadline = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)  # a model's thread ends by itself
    assert set(threading.enumerate()) <= before
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((address.hostname, address.port))


def test_stopping_does_not_wait_for_models():
    entered, release = threading.Event(), threading.Event()

    def hangs(request):
        entered.set()
        release.wait(10)
        return b""

    with LocalRuntime({"hangs": hangs}) as runtime:
        caller = threading.Thread(target=_call_signed, args=(runtime, "hangs"))
        caller.start()
        assert entered.wait(5)
        started = time.monotonic()

    assert time.monotonic() - started < 2
    caller.join(5)
    assert not caller.is_alive()
    release.set()


def _call_signed(runtime: LocalRuntime, endpoint: str) -> int | None:
    from botocore import credentials
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    keys = runtime.credentials
    request = AWSRequest("POST", f"{runtime.url}/endpoints/{endpoint}/invocations", data=b"x")
    signer = SigV4Auth(
        credentials.Credentials(keys.access_key_id, keys.secret_access_key),
        "sagemaker",
        runtime.region,
    )
    signer.add_auth(request)
    connection = HTTPConnection(urlsplit(runtime.url).netloc)
    try:
        connection.request(
            "POST", urlsplit(request.url).path, body=b"x", headers=dict(request.headers.items())
        )
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def test_any_of_several_credentials_is_accepted():
    first, second = Credentials("AKIDONE", "one"), Credentials("AKIDTWO", "two")
    with LocalRuntime(credentials=[first, second]) as runtime:
        assert runtime.credentials == first
        assert _call_signed(runtime, "echo") == 200
        runtime.credentials = second
        assert _call_signed(runtime, "echo") == 200
        runtime.credentials = LOCAL_CREDENTIALS
        assert _call_signed(runtime, "echo") == 403
        assert [item.access_key_id for item in runtime.requests] == ["AKIDONE", "AKIDTWO", None]


def test_the_servers_clock_can_be_off():
    with LocalRuntime() as runtime:
        runtime.clock_offset = timedelta(hours=1)
        answer = httpx.post(f"{runtime.url}/endpoints/echo/invocations")
        told = parsedate_to_datetime(answer.headers["date"])

        assert abs(told - datetime.now(UTC) - timedelta(hours=1)) < timedelta(seconds=5)
        assert _call_signed(runtime, "echo") == 403
        runtime.clock_offset = timedelta(0)
        assert _call_signed(runtime, "echo") == 200


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"credentials": []}, "credentials"),
        ({"region": "us east"}, "region"),
        ({"region": ""}, "region"),
        ({"port": -1}, "port"),
        ({"port": 65536}, "port"),
        ({"host": "0.0.0.0"}, "host"),
        ({"host": "example.com"}, "host"),
        ({"invocation_timeout": 0}, "invocation_timeout"),
        ({"stream_timeout": -1}, "stream_timeout"),
        ({"max_body_bytes": 0}, "max_body_bytes"),
        ({"endpoints": {"not valid": lambda _: b""}}, "endpoints"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_at_once(settings, setting):
    with pytest.raises(ConfigurationError) as caught:
        LocalRuntime(**settings)
    assert caught.value.setting == setting


def test_a_port_in_use_is_a_clear_error():
    with LocalRuntime() as runtime:
        port = urlsplit(runtime.url).port
        assert port is not None

        with pytest.raises(ConfigurationError, match=f"port {port}: Address already in use"):
            LocalRuntime(port=port).start()


def test_other_machines_may_reach_it_when_that_is_said():
    with LocalRuntime(host="0.0.0.0", allow_remote=True) as runtime:
        assert answers(runtime.url.replace("0.0.0.0", "127.0.0.1"))


def test_a_root_that_cannot_be_made_is_the_starters_error(tmp_path):
    (tmp_path / "file").write_text("")
    runtime = LocalRuntime(s3_root=tmp_path / "file" / "below")

    with pytest.raises(NotADirectoryError):
        runtime.start()
    runtime.stop()


def test_the_environment_leads_clients_here():
    temporary = Credentials("ASIA", "secret", "token")
    with LocalRuntime(credentials=temporary, region="eu-west-1") as runtime:
        assert runtime.environment == {
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": runtime.url,
            "AWS_ENDPOINT_URL_S3": runtime.url,
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "ASIA",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "token",
        }


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_has_no_server_and_leaves_the_parents_alone():
    # In an interpreter of its own: forking one with threads is what the test is about.
    program = """
import os, socket, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from urllib.parse import urlsplit
from wrapper.local import LocalRuntime

runtime = LocalRuntime().start()
address = urlsplit(runtime.url)
child = os.fork()
if child == 0:
    runtime.stop()                      # does nothing
    with LocalRuntime() as own:         # has its own
        socket.create_connection(urlsplit(own.url).netloc.split(":")).close()
    os._exit(0 if runtime._running is None else 1)
assert os.waitpid(child, 0)[1] == 0
socket.create_connection((address.hostname, address.port)).close()  # still there
runtime.stop()
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    subprocess.run([sys.executable, "-c", program], check=True, env=environment, timeout=30)


@pytest.mark.parametrize("missing", ["botocore", "starlette", "uvicorn"])
def test_without_the_extra_the_import_says_what_to_install(missing):
    program = f"import sys; sys.modules[{missing!r}] = None; import wrapper.local"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        f"ImportError: wrapper.local needs {missing}, which is not installed: "
        "install this package with its extra `local` (in a checkout: pip install '.[local]')"
    )


def test_without_the_extra_the_command_says_so_in_one_line(tmp_path):
    # An environment of its own, in which the extra is missing: -S leaves out site-packages.
    run = subprocess.run(
        [sys.executable, "-S", "-m", "wrapper.local"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(wrapper.__file__).parents[1])},
        cwd=tmp_path,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr == (
        "wrapper.local needs botocore, which is not installed: install this package with its "
        "extra `local` (in a checkout: pip install '.[local]')\n"
    )
