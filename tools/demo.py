"""`make demo`: the whole story on real data, and one line when a person stops it."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Tells the story. It is imported here, so that its import can be stopped as well."""
    try:
        from demo_story import tell

        tell()
    except KeyboardInterrupt:
        print("stopped by the person at the terminal; nothing is kept", file=sys.stderr)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
