"""The workers of a Dask cluster, on this computer or on others.

Dask (Rocklin, 2015) has a scheduler that everybody connects to, workers that wait there for work, and a
client, which is us. It gives the work of a worker that died to another one by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from mnist_ocr.comparison.crews import Crew
from mnist_ocr.errors import InputError

SECONDS_TO_CONNECT = 10


@contextmanager
def dask_crew(address: str, *, seconds_to_connect: float = SECONDS_TO_CONNECT) -> Iterator[Crew]:
    """Everybody who works for the scheduler at an address such as tcp://192.168.1.10:8786.

    The scheduler and the workers need the same version of this program, and the workers load the images for
    themselves. Workers may come and go. When the block ends before the work does, what has not begun is taken
    back; a run that has begun goes on to its end there.

    Raises:
        InputError: the library is missing, or there is no scheduler.
    """
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise InputError("--dask needs the distributed library: pip install 'distributed>=2024.8'") from None
    # Its own log would tell every loss of a connection by a traceback; what there is to know, we say.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=seconds_to_connect, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error) or "no answer"
        raise InputError(
            f"--dask {address}: no scheduler found within {seconds_to_connect:g} s ({reason}); "
            "expected an address such as tcp://127.0.0.1:8786, where `dask scheduler` is running"
        ) from None
    try:
        threads = client.nthreads()
        name = f"Dask at {address}, now with {len(threads)} workers and {sum(threads.values())} threads"
        executor = client.get_executor(pure=False)
        try:
            # The scheduler tries a run whose worker dies on several others before it gives up: one try here.
            yield Crew(executor, name, tries=1, lost=(KilledWorker,))
        finally:
            executor.shutdown(wait=False)
    finally:
        client.close()
