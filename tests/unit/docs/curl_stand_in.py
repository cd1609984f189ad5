"""What the guides use of curl, for a machine that has none: only Python is asked for."""

import sys
import urllib.error
import urllib.request
from pathlib import Path

HTTP_FAILED = 22  # curl's exit code of --fail-with-body


def main(arguments: list[str]) -> int:
    """Sends one request and prints the answer's body."""
    headers: dict[str, str] = {}
    url, body = "", None
    rest = iter(arguments)
    for argument in rest:
        if argument == "-H":
            name, _, value = next(rest).partition(":")
            headers[name.strip()] = value.strip()
        elif argument in ("-d", "--data-binary"):
            text = next(rest)
            body = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
        elif argument in ("-sS", "--fail-with-body"):
            continue
        elif argument.startswith("-"):
            sys.exit(f"curl stand-in: {argument} is not known")
        else:
            url = argument
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            sys.stdout.buffer.write(answer.read())
    except urllib.error.HTTPError as failure:
        sys.stdout.buffer.write(failure.read())
        sys.stderr.write(f"curl: ({HTTP_FAILED}) HTTP {failure.code}\n")
        return HTTP_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
