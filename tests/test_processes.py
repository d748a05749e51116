"""Pools of processes that are left before all is done."""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from mnist_ocr.processes import in_order, interrupts_delayed, process_pools
from tests.grid_work import large, slow

ROOT = Path(__file__).parent.parent

LEFT_EARLY = """
from mnist_ocr.processes import in_order, process_pools
from tests.grid_work import large

if __name__ == "__main__":
    for _ in range(2):
        with process_pools() as start:
            next(in_order(start(2), large, [10_000_000] * 6, chunk=1))
    print("ended")
"""


def test_results_come_in_the_order_of_the_items() -> None:
    with process_pools() as start:
        lengths = [len(result) for result in in_order(start(2), large, [3_000_000, 2, 1, 0, 5], chunk=2)]
    assert lengths == [3_000_000, 2, 1, 0, 5]


def test_a_pool_that_is_left_while_a_result_is_sent_ends(tmp_path: Path) -> None:
    script = tmp_path / "left_early.py"
    script.write_text(LEFT_EARLY, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    assert (run.stdout, run.stderr) == ("ended\n", "")


def test_ctrl_c_during_a_wait_is_noticed(tmp_path: Path) -> None:
    # This tells Python of the signal and interrupts no system call: as if it came just before the wait.
    note = tmp_path / "note"
    with process_pools() as start:
        pool = start(1)
        Timer(1, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt):
            list(in_order(pool, slow, [note], chunk=1))
    assert not note.exists()


def test_delayed_interrupts_have_their_usual_effect_afterwards() -> None:
    heard = []
    usual = signal.signal(signal.SIGINT, lambda *_: heard.append("ours"))
    try:
        with interrupts_delayed():
            with interrupts_delayed():
                signal.raise_signal(signal.SIGINT)
                heard.append("inside")
            heard.append("still inside")
        assert heard == ["inside", "still inside", "ours"]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with pytest.raises(KeyboardInterrupt), interrupts_delayed():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, usual)
