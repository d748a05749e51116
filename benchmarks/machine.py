"""What the figures were taken on: a figure without its machine says nothing."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path

PACKAGES = "numpy", "pillow", "torch", "scikit-learn", "jax"


def describe() -> str:
    """Processor, memory, system, versions, load and date, one to a line, as a Markdown list."""
    lines = [
        f"processor: {_processor()}, {os.cpu_count()} cores",
        f"memory: {_memory()}",
        f"system: {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, " + ", ".join(map(_version, PACKAGES)),
        f"other load at the start: {_load()}",
        f"date: {datetime.date.today().isoformat()}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB"
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return "unknown"


def _load() -> str:
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return f"{os.getloadavg()[0]:.1f} processes on average over the last minute"


def _version(package: str) -> str:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{package} not installed"
