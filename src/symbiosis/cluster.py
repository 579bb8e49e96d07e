"""Workers on other machines: parts of the programme and of the search for candidates as tasks of a Dask cluster.

The extra ``cluster`` brings Dask. Whoever reaches its scheduler runs code on its workers: that is what it is for, so that it
belongs in a network of one's own, or behind ``tls://``. Every worker needs this version of the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

import symbiosis
from symbiosis.errors import SolverError, SymbiosisError

ANSWERS_WITHIN_S = 10
SCHEMES = ("tcp://", "tls://")


class Cluster:
    """A Dask cluster with the `size` and the `map` of :class:`symbiosis.workers.Pool`.

    Parameters
    ----------
    address
        Of the scheduler, ``tcp://host:8786``.

    Raises
    ------
    SymbiosisError
        If Dask is not installed, nobody answers, no worker has come, or one has another version of the package.
    """

    def __init__(self, address: str) -> None:
        if not address.startswith(SCHEMES):
            raise SymbiosisError(f"--cluster {address} : écrire / write tcp://host:8786")
        try:
            import distributed
        except ImportError as error:
            raise SymbiosisError(
                "--cluster : installer l'extra / install the extra: pip install 'symbiosis[cluster]'"
            ) from error
        client: Any = distributed.Client  # its package says nothing of its types
        try:
            self._client = client(address, timeout=ANSWERS_WITHIN_S, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise SymbiosisError(f"{address} : aucun ordonnanceur Dask n'y répond / no Dask scheduler answers there") from error
        versions = self._client.run(_version)
        self.size = len(versions)
        other = sorted({version for version in versions.values() if version != symbiosis.__version__})
        if other or not versions:
            self.close()
            said = f"version {', '.join(other)} ≠ {symbiosis.__version__}" if other else "aucun ouvrier / no worker"
            raise SymbiosisError(f"{address} : {said}")

    def map(self, task: Callable[..., Any], jobs: Iterable[Any], *, shared: Any = None) -> Iterator[Any]:
        """Apply a task to jobs, in their order.

        Parameters
        ----------
        task, jobs, shared
            As for :meth:`symbiosis.workers.Pool.map`; what is shared is sent once to each worker.

        Yields
        ------
        object
            What the task returns, in the order of the jobs.

        Raises
        ------
        SymbiosisError
            What the task raised, or a :class:`SolverError` for what became of the workers.
        """
        first = [] if shared is None else [self._client.scatter(shared, broadcast=True, hash=False)]
        futures = [self._client.submit(task, *first, job, pure=False) for job in jobs]
        try:
            for future in futures:
                yield future.result()
        except SymbiosisError:
            raise
        except Exception as error:
            raise SolverError(f"cluster : {type(error).__name__}: {error}") from error
        finally:
            self._client.cancel(futures)

    def close(self) -> None:
        """Leave the cluster, which goes on without us."""
        self._client.close()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _version() -> str:
    return symbiosis.__version__
