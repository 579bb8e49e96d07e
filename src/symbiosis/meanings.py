"""What flows may mean: readings of words and codes as rows of a matrix, the best in full, the others giving way to them.

What was remarked about a reading takes from it: a stated grade, a warning that it leaves out, a product named bare.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from symbiosis.resolver import CERTAIN
from symbiosis.resolver.codes import code_lists

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MEANINGS = 5
"""Meanings of an output that count, of each kind; the best one in full, the others by their share of it."""
NEED_MEANINGS, NEED_EXPONENT = 8, 0.8
"""Of a need more count, and the power of them is taken: weak readings come nearer to sure ones. Chosen by hand on own sets;
the ranks of other sets rose too."""
EXACTING_SHARE = 0.4
"""What is left of the meanings of a need for the new article of a stated grade."""
WARNED_SHARE = 0.4
"""What is left of a reading of an output that leaves out what the same words warn of."""
NAMED_SHARE = 0.5
"""What is left of the uses that are heard in a need whose words are the name of a material, and of no use, and the other way
round: whoever asks for *fresh vegetables* wants them, and not whatever else a cannery could turn into food."""
BARE_SHARE = 0.4
"""What is left of a reading of a need as the waste of the product that it names."""


def stated_codes(flows: pd.DataFrame) -> pd.DataFrame:
    """Subchapters of the list of waste that flows state, as further meanings.

    Parameters
    ----------
    flows
        Indexed by flow id, with ``waste_code`` or ``waste_codes_accepted`` or neither.

    Returns
    -------
    pandas.DataFrame
        ``flow_id``, ``target_kind`` (``code``), ``target_id`` (four digits), ``confidence`` (1).
    """
    rows = pd.DataFrame({"flow_id": flows.index, "target_id": code_lists(flows)}).explode("target_id").dropna()
    rows = rows.assign(target_kind="code", target_id=rows["target_id"].astype(str).str[:4], confidence=1.0)
    return rows[["flow_id", "target_kind", "target_id", "confidence"]].drop_duplicates(ignore_index=True)


def wanted_meanings(rows: pd.DataFrame, flows: pd.Index, among: pd.Index) -> sp.csr_array:
    """What each need may mean: :func:`meanings`, more of them and nearer to each other.

    Parameters
    ----------
    rows, flows, among
        As for :func:`meanings`.

    Returns
    -------
    scipy.sparse.csr_array
        ``flows × among``.
    """
    found = meanings(rows, flows, among, NEED_MEANINGS)
    row = np.repeat(np.arange(len(flows)), np.diff(found.indptr))
    quiet = _recalled_kinds(rows, flows)
    is_quiet = [quiet[kind][row] & np.asarray(among.str.startswith(f"{kind}:"))[found.indices] for kind in quiet]
    value = found.data**NEED_EXPONENT * np.where(np.logical_or(*is_quiet), NAMED_SHARE, 1.0)
    return sp.csr_array((value, found.indices, found.indptr), shape=found.shape)


def kept(rows: pd.DataFrame) -> Floats:
    """What is left of readings by what was remarked about them.

    Parameters
    ----------
    rows
        With ``flags`` where known, as made by the resolver.

    Returns
    -------
    numpy.ndarray
        A share per reading.
    """
    flags = rows["flags"].fillna("") if "flags" in rows else pd.Series("", index=rows.index)
    flags = ";" + flags.astype(str) + ";"
    left = np.ones(len(rows))
    for flag, share in {"exacting": EXACTING_SHARE, "warned": WARNED_SHARE, "bare": BARE_SHARE}.items():
        left *= np.where(flags.str.contains(f";{flag};", regex=False), share, 1.0)
    return left


def kept_of_needs(rows: pd.DataFrame) -> Floats:
    """:func:`kept` of readings of needs, less where the words only recall a kind of target and name one of the other kind.

    Parameters
    ----------
    rows
        ``flow_id``, ``target_kind``, ``confidence`` and, where known, ``flags``.

    Returns
    -------
    numpy.ndarray
        A share per reading.
    """
    quiet = _recalled_kinds(rows, pd.Index(rows["flow_id"]))
    is_quiet = np.logical_or(*(quiet[kind] & (rows["target_kind"] == kind).to_numpy() for kind in quiet))
    return np.where(is_quiet, NAMED_SHARE, 1.0) * kept(rows)


def _recalled_kinds(rows: pd.DataFrame, flows: pd.Index) -> dict[str, Mask]:
    """By kind of target: flows whose words only recall some, being the very name of one of the other kind."""
    sure = rows[rows["confidence"] >= CERTAIN]
    named = {kind: np.asarray(flows.isin(sure.loc[sure["target_kind"] == kind, "flow_id"])) for kind in ("material", "use")}
    return {"use": named["material"] & ~named["use"], "material": named["use"] & ~named["material"]}


def meanings(rows: pd.DataFrame, flows: pd.Index, among: pd.Index, count: int = MEANINGS) -> sp.csr_array:
    """What each flow may mean, the best meanings in full and the others giving way to them.

    Parameters
    ----------
    rows
        ``flow_id``, ``target_kind``, ``target_id``, ``confidence`` and, where known, ``flags``, as made by the resolver
        and :func:`stated_codes`.
    flows
        Ids of the flows, in the order wanted.
    among
        ``sources`` or ``targets`` of the links.
    count
        Meanings of each kind that count.

    Returns
    -------
    scipy.sparse.csr_array
        ``flows × among``.
    """
    row = flows.get_indexer(pd.Index(rows["flow_id"]))
    column = among.get_indexer(pd.Index(rows["target_kind"] + ":" + rows["target_id"]))
    found = pd.DataFrame({"row": row, "kind": rows["target_kind"].to_numpy(), "column": column})
    found["confidence"] = rows["confidence"].to_numpy(dtype=float)
    found["kept"] = kept(rows)
    found = found[(row >= 0) & (column >= 0) & (found["confidence"] > 0)]
    found = found.sort_values(["row", "kind", "confidence", "column"], ascending=[True, True, False, True])
    groups = found.groupby(["row", "kind"], sort=False)
    found = found.assign(place=groups.cumcount(), top=groups["confidence"].transform("first"))
    found = found[(found["place"] < count) | (found["kind"] == "code")]
    value = found["confidence"] ** 2 / found["top"] * found["kept"]
    return sp.csr_array(sp.coo_array((value, (found["row"], found["column"])), shape=(len(flows), len(among))))
