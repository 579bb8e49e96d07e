"""How this process is deployed: for one person, for a network of companies, or for the public; and the secret of the server.

======== ============================================ =====================================================
Mode     Who comes                                    What it opens
======== ============================================ =====================================================
local    the owner of this machine, without log-in    both databases, on 127.0.0.1 only
server   whoever has an account, through the gate     both databases
public   anybody                                      the published database: it cannot leak what it cannot open
======== ============================================ =====================================================

The environment says which: ``SYMBIOSIS_MODE``, and in ``server`` mode ``SYMBIOSIS_SECRET`` and ``SYMBIOSIS_HOSTS``, without
which nothing starts.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from symbiosis.errors import DeploymentError

MODES = ("local", "server", "public")
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The settings of this process.

    Attributes
    ----------
    mode
        One of :data:`MODES`.
    secret
        Of the server; empty in the other modes.
    hosts
        Names under which it may be asked for.
    """

    mode: str
    secret: bytes = field(default=b"", repr=False)
    hosts: tuple[str, ...] = ()

    @classmethod
    def of_this_process(cls, environment: Mapping[str, str] = os.environ) -> Deployment:
        """The settings that the environment holds.

        Parameters
        ----------
        environment
            Variables by name.

        Returns
        -------
        Deployment

        Raises
        ------
        DeploymentError
            If the mode is unknown, or the server has no secret of 32 bytes or no host.
        """
        mode = environment.get("SYMBIOSIS_MODE", "") or "local"
        if mode not in MODES:
            raise DeploymentError(f"SYMBIOSIS_MODE is one of {', '.join(MODES)}, not {mode!r}")
        secret = environment.get("SYMBIOSIS_SECRET", "").encode()
        hosts = tuple(filter(None, (host.strip() for host in environment.get("SYMBIOSIS_HOSTS", "").split(","))))
        if mode == "local":
            return cls(mode=mode)
        if not hosts or "*" in hosts:
            raise DeploymentError("SYMBIOSIS_HOSTS must list the names under which the server is asked for")
        if mode == "public":
            return cls(mode=mode, hosts=hosts)
        if len(secret) < SECRET_BYTES:
            raise DeploymentError(f"SYMBIOSIS_SECRET must hold at least {SECRET_BYTES} bytes")
        return cls(mode=mode, secret=secret, hosts=hosts)

    def signed(self, text: str, purpose: str) -> str:
        """A text with the signature of this server behind it.

        Parameters
        ----------
        text
            Without a full stop.
        purpose
            What it serves for: a signature made for one purpose is none for another.
        """
        return f"{text}.{self.digest(text, purpose).hex()}"

    def verified(self, signed: str, purpose: str) -> str:
        """The text that this server has signed; empty for anything else.

        Parameters
        ----------
        signed
            As :meth:`signed` gives it.
        purpose
            What it was signed for.
        """
        text, _, _signature = signed.rpartition(".")
        is_ours = bool(text) and hmac.compare_digest(signed.encode(), self.signed(text, purpose).encode())
        return text if is_ours else ""

    def digest(self, text: str, purpose: str) -> bytes:
        """Keyed digest of a text, which nobody without the secret can make.

        Parameters
        ----------
        text
            Anything.
        purpose
            As for :meth:`signed`.

        Raises
        ------
        DeploymentError
            If this process has no secret.
        """
        if not self.secret:
            raise DeploymentError(f"a {self.mode} process has no secret to sign with")
        return hmac.digest(self.secret, f"{purpose}\n{text}".encode(), hashlib.sha256)
