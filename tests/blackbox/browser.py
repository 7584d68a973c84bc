"""A page in a real browser, without a screen: Debian's chromium, where it is installed."""

import pathlib
import shutil
import subprocess

import pytest

BROWSER_SECONDS = 120


def open_page(url: str, directory: pathlib.Path, hosts: dict[str, str] | None = None,
              screenshot: pathlib.Path | None = None) -> str:
    """The document as it stands after its scripts have run. `hosts` are names and the addresses that they have in this browser."""
    program = shutil.which("chromium")
    if not program:
        pytest.skip("chromium is not installed")
    rules = ", ".join(f"MAP {name} {address}" for name, address in (hosts or {}).items())
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server",
               "--window-size=900,600", f"--user-data-dir={directory / 'chromium'}", f"--host-resolver-rules={rules}",
               "--virtual-time-budget=10000"]
    if screenshot:
        subprocess.run([*command, f"--screenshot={screenshot}", url], check=True, capture_output=True, timeout=BROWSER_SECONDS)
    done = subprocess.run([*command, "--dump-dom", url], check=True, capture_output=True, text=True, timeout=BROWSER_SECONDS)
    return done.stdout
