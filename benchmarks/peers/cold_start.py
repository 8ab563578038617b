"""A program that makes one call and ends: what a short script or a new function instance pays.

Prints the clock when the answer was there, and how much memory the process then had. It imports
nothing that the call does not need.
"""

import sys
import time


def main() -> None:
    peer, shell, url, bundle, endpoint = sys.argv[1:]
    module = __import__(f"{peer}_peer")
    body = bytes(200)
    if shell == "sync":
        client = module.SyncPeer(url, bundle, 1)
        answer = client.call(endpoint, body)
    else:
        import asyncio

        async def once() -> bytes:
            client = module.AsyncPeer(url, bundle, 1)
            await client.open()
            answer: bytes = await client.call(endpoint, body)
            report(answer)
            await client.close()
            return answer

        asyncio.run(once())
        return
    report(answer)
    client.close()


def report(answer: bytes) -> None:
    now = time.monotonic()
    with open("/proc/self/statm") as file:  # noqa: PTH123  # pathlib is not free to import
        pages = int(file.read().split()[1])
    print(now, pages, len(answer), flush=True)


main()
