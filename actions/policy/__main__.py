"""`python -m actions.policy [FILE]`: check a policy file and say what is wrong with it, with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

from actions.policy.config import SHIPPED, PolicyConfig
from actions.policy.errors import PolicyError


def main(arguments: list[str]) -> int:
    """Exit code 0 when the file is good, 2 when it is not."""
    path = Path(arguments[0]) if arguments else SHIPPED
    try:
        config = PolicyConfig.load(path)
    except PolicyError as error:
        print(error, file=sys.stderr)
        return 2
    topics = ", ".join(topic.name for topic in (*config.crisis, *config.topics))
    print(f"{path}: good. Topics: {topics}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
