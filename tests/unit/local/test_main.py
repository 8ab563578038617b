"""The command line's errors: one line, exit status 2. (Running it: the integration tests.)"""

from __future__ import annotations

import pytest

from wrapper.local.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--endpoint", "e"], "--endpoint 'e' is not NAME=MODEL"),
        (["--endpoint", "=http://x"], "is not NAME=MODEL"),
        (["--endpoint", "a b=http://127.0.0.1:1"], "endpointName"),
        (["--endpoint", "e=nonsense"], "'nonsense' is not a model"),
        (["--endpoint", "e=no_such_module_here:x"], "No module named 'no_such_module_here'"),
        (["--endpoint", "e=json:nothing"], "no attribute 'nothing'"),
        (["--endpoint", "e=json:loads", "--endpoint", "e=json:dumps"], "given twice"),
        (["--endpoint", "e=json:loads", "--variant", "e/a=json:loads"], "both --endpoint and"),
        (["--variant", "e=json:loads"], "is not NAME/VARIANT[:WEIGHT]=MODEL"),
        (["--variant", "e/a:x=json:loads"], "is not NAME/VARIANT[:WEIGHT]=MODEL"),
        (["--variant", "e/a:0=json:loads"], "all 0"),
        (["--host", "0.0.0.0"], "can be reached from other machines"),
        (["--port", "70000"], "port=70000 must be from 0 to 65535"),
        (["--port", "x"], "invalid int value: 'x'"),
        (["--region", "Mars"], "region='Mars'"),
        (["--access-key-id", "AKID"], "$AWS_SECRET_ACCESS_KEY"),
        (["--no-such-option"], "unrecognized arguments"),
        (["--s3-root", "/dev/null/below"], "Not a directory"),
    ],
)
def test_an_error_is_one_line_and_status_2(arguments, said, capsys, monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)

    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("\n") == 1
    assert written.err.startswith("python -m wrapper.local: error: ")
    assert said in written.err


def test_help_says_how_to_use_it(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])

    assert caught.value.code == 0
    assert "--endpoint NAME=MODEL" in capsys.readouterr().out
