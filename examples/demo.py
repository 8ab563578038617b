"""See it work, with no AWS account: a real model, served and called in all three ways.

Trains a model on scikit-learn's handwritten digits, serves it by SageMaker's container contract
behind the local runtime, which checks every signature with botocore, and calls it through
`import wrapper`.

    make demo
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx

import wrapper
from examples.digits_container import LINES, split
from wrapper.local import LocalRuntime

SHADES = " .:-=+*#%@"


@contextlib.contextmanager
def container() -> Iterator[str]:
    """The model's container in a process of its own; gives its URL."""
    command = [sys.executable, "-m", "examples.digits_container"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise SystemExit("demo: the container did not start; see the error above")
        try:
            yield url
        finally:
            process.terminate()


def main() -> None:
    """Run the demo; an error ends it with a status other than 0."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # whatever this shell says of AWS is not about the local runtime
    print("Training a model on 1,347 handwritten digits and starting its container …")
    started = time.perf_counter()
    with container() as url:
        print(f"  ready after {time.perf_counter() - started:.1f} s: {url}/invocations")
        with LocalRuntime({"digits": url}) as runtime:
            print(
                f"  local SageMaker Runtime in front of it: {runtime.url}, region {runtime.region}"
            )
            with wrapper.SageMakerRuntimeClient(
                runtime.region, endpoint_url=runtime.url, credentials=runtime.credentials
            ) as client:
                at_once(client)
                streamed(client)
                queued(client, runtime)
            answered = len(runtime.requests)
        print(f"\nDone: {answered} requests, every signature checked by botocore.")


def at_once(client: wrapper.SageMakerRuntimeClient) -> None:
    """All held-out rows in one call; the first few shown."""
    _, rows, _, truth = split()
    heading("invoke_endpoint: all held-out rows, the answer at once")
    body = {"rows": rows.tolist()}
    print(f"sent      {len(rows)} rows of 64 numbers as application/json; the first one:")
    print(picture(rows[0].tolist()))
    started = time.perf_counter()
    output = client.invoke_endpoint("digits", body, accept="application/json")
    took = time.perf_counter() - started
    predictions = output.json()["predictions"]
    for number, (prediction, label) in enumerate(zip(predictions, truth, strict=True)):
        if number < 5:
            print(
                f"received  row {number}: label {prediction['label']}, "
                f"probability {prediction['probability']:.3f}, truth {label}"
            )
    right = sum(
        prediction["label"] == label for prediction, label in zip(predictions, truth, strict=True)
    )
    print(f"accuracy  {right} of {len(truth)} right: {right / len(truth):.1%}")
    facts(output.invoked_production_variant, output.request_id, took)
    if right < 0.9 * len(truth):
        raise SystemExit("demo: the model should be better than this")


def streamed(client: wrapper.SageMakerRuntimeClient) -> None:
    """Some rows, each prediction printed as it comes."""
    _, rows, _, truth = split()
    heading("invoke_endpoint_with_response_stream: predictions explained, as they are produced")
    csv = "\n".join(",".join(f"{value:g}" for value in row) for row in rows[:8])
    print(f"sent      8 rows as text/csv, {len(csv)} characters")
    started = time.perf_counter()
    with client.invoke_endpoint_with_response_stream(
        "digits", csv, content_type="text/csv", accept=LINES
    ) as stream:
        for prediction, label in zip(stream.iter_json(), truth[:8], strict=True):
            print(
                f"received  after {1000 * (time.perf_counter() - started):5.1f} ms: "
                f"label {prediction['label']}, truth {label}, "
                f"decided at line {prediction['decisive_pixel'][0]}, "
                f"column {prediction['decisive_pixel'][1]}",
                flush=True,
            )
        facts(stream.invoked_production_variant, stream.request_id, time.perf_counter() - started)


def queued(client: wrapper.SageMakerRuntimeClient, runtime: LocalRuntime) -> None:
    """One row, queued; the result is fetched from where the receipt says."""
    _, rows, _, truth = split()
    heading("invoke_endpoint_async: queued, the result fetched from (local) S3")
    started = time.perf_counter()
    receipt = client.invoke_endpoint_async("digits", body={"rows": [rows[0].tolist()]})
    print(f"sent      1 row; inference {receipt.inference_id}")
    print(
        f"receipt   status {receipt.status_code}, the result will be at {receipt.output_location}"
    )
    assert receipt.output_location is not None
    result = fetch(runtime, receipt.output_location)
    (prediction,) = json.loads(result)["predictions"]
    print(
        f"received  label {prediction['label']}, probability {prediction['probability']:.3f}, "
        f"truth {truth[0]}"
    )
    facts(None, receipt.request_id, time.perf_counter() - started)


def fetch(runtime: LocalRuntime, location: str) -> bytes:
    """The object at an `s3://` location, once it is there, through any httpx client."""
    place = urlsplit(location)
    url = f"{runtime.url}/{place.netloc}{quote(place.path, safe='/~')}"
    auth = wrapper.SigV4Auth(runtime.credentials, runtime.region, service="s3")
    with httpx.Client(auth=auth, trust_env=False) as client:
        for _ in range(200):
            answer = client.get(url)
            if answer.status_code == 200:
                return answer.content
            time.sleep(0.05)
    raise SystemExit(f"demo: no result at {location} after 10 s")


def heading(text: str) -> None:
    """A title."""
    print(f"\n── {text}")


def facts(variant: str | None, request_id: str | None, seconds: float) -> None:
    """What every answer tells beside its body."""
    print(f"variant   {variant or '-'}")
    print(f"request   {request_id}")
    print(f"time      {1000 * seconds:.1f} ms")


def picture(row: list[float]) -> str:
    """A digit of 8 by 8 pixels, drawn with characters."""
    return "\n".join(
        "          "
        + "".join(SHADES[min(int(value / 16 * 9), 9)] * 2 for value in row[line : line + 8])
        for line in range(0, 64, 8)
    )


if __name__ == "__main__":
    main()
