"""What scripts that are run by hand say while they go on."""

import time


def step(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
