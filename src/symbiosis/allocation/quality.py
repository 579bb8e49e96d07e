"""What a receiver's blend, a process that mixes and a process that adds a load must hold: values and limits by leg.

A parameter mixes linearly or is not blended at all (``quality_parameters.is_linear``). A value that nobody declared counts as
that of the blend it enters: it neither helps nor harms, and the leg says that it is to be measured.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from symbiosis.objectives import Case

KEY = ["flow_id", "parameter"]
_TERMS = ["leg_id", "tail_id", "head_id", "use_id", "parameter", "minimum", "maximum", "value", "blend_id", "label"]
_NOTHING = pd.DataFrame({
    name: pd.Series(dtype=float if name in ("minimum", "maximum", "value") else object) for name in _TERMS
})  # fmt: skip


def limited_blends(case: Case) -> pd.DataFrame:
    """Every leg into a receiver whose blend is limited, once per parameter.

    A receiver is limited as soon as one of its legs could meet a limit only in a blend (``quality_blended`` in its reasons).

    Parameters
    ----------
    case
        What may be used.

    Returns
    -------
    pandas.DataFrame
        `leg_id`, `head_id`, `parameter`, `value`, `minimum`, `maximum`, `blend_id` (of the leg's tail), `label` (of the row).
    """
    legs = case.legs
    blended = legs["reasons"].str.contains("quality_blended", regex=False).to_numpy(dtype=bool)
    if not blended.any():
        return _NOTHING
    marked = legs["reasons"][blended].str.findall(r"quality_blended:(\w+)")
    said = marked.explode().rename("parameter").to_frame().assign(head_id=legs["head_id"].astype(object))
    receivers = said[["head_id", "parameter"]].drop_duplicates().astype(object)
    into = legs[["tail_id", "head_id", "use_id"]].astype(object).reset_index()
    terms = into.merge(receivers, on="head_id", how="inner", validate="many_to_many")
    told, usual = case.quality.set_index(KEY), case.catalogue.use_limits.set_index(["use_id", "parameter"])
    of_head = told.reindex(pd.MultiIndex.from_frame(terms[["head_id", "parameter"]]))
    of_use = usual.reindex(pd.MultiIndex.from_frame(terms[["use_id", "parameter"]]))
    for bound in ("minimum", "maximum"):
        # A limit that the need states stands before the usual limit of its use.
        declared = of_head[["minimum", "maximum"]].notna().any(axis=1).to_numpy()
        terms[bound] = np.where(declared, of_head[bound], of_use[bound]).astype(float)
    same = terms.groupby(["head_id", "parameter"])
    # Several uses of one receiver: its blend meets the strictest.
    terms = terms.assign(minimum=same["minimum"].transform("max"), maximum=same["maximum"].transform("min"))
    return _with_values(case, terms).assign(label=terms["head_id"] + "|" + terms["parameter"])


def inflows(case: Case, keys: pd.DataFrame) -> pd.DataFrame:
    """Legs into some operators, once per parameter, with their values.

    Parameters
    ----------
    case
        What may be used.
    keys
        `flow_id` (operators), `parameter`.

    Returns
    -------
    pandas.DataFrame
        `leg_id`, `head_id`, `parameter`, `value`, `blend_id` (of the leg's tail), `label` (``operator|parameter``).
    """
    if keys.empty:
        return _NOTHING
    into = case.legs[["tail_id", "head_id"]].astype(object).reset_index()
    terms = into.merge(keys[KEY].rename(columns={"flow_id": "head_id"}), on="head_id", how="inner", validate="many_to_many")
    return _with_values(case, terms).assign(label=terms["head_id"] + "|" + terms["parameter"])


def _with_values(case: Case, terms: pd.DataFrame) -> pd.DataFrame:
    """What each tail is declared to hold; what a process that mixes gives is known only by its blend."""
    value = case.quality.set_index(KEY)["value"].reindex(pd.MultiIndex.from_frame(terms[["tail_id", "parameter"]]))
    mixing = terms["tail_id"].isin(case.operators.index[case.operators["is_mixing"]])
    label = (terms["tail_id"] + "|" + terms["parameter"]).where(mixing, "")
    return terms.assign(value=np.where(mixing, np.nan, value.to_numpy(dtype=float)), blend_id=label)


def loads(case: Case) -> pd.DataFrame:
    """Loads that operators add to what passes through them, with the specification of what leaves.

    Parameters
    ----------
    case
        What may be used.

    Returns
    -------
    pandas.DataFrame
        By ``operator|parameter``: `flow_id`, `parameter`, `value`, `maximum`, `load_per_yr`.
    """
    rows = case.quality[case.quality["flow_id"].isin(case.operators.index) & case.quality["load_per_yr"].gt(0)]
    labels = [f"{flow}|{parameter}" for flow, parameter in zip(rows["flow_id"], rows["parameter"], strict=True)]
    return rows.set_index(pd.Index(labels, dtype=object, name="blend_id"))


def mixes(case: Case) -> pd.DataFrame:
    """Blends that processes which mix give on, as far as somebody after them limits them.

    Parameters
    ----------
    case
        What may be used.

    Returns
    -------
    pandas.DataFrame
        By ``operator|parameter``: `flow_id`, `parameter`, `lower`, `upper`.
    """
    mixing = case.operators.index[case.operators["is_mixing"]]
    added = loads(case)
    found = pd.concat([
        limited_blends(case)["blend_id"], added.index[added["flow_id"].isin(mixing)].to_series()
    ]) if len(mixing) else pd.Series(dtype=object)  # fmt: skip
    known = pd.Index(sorted(set(found) - {""}), dtype=object)
    if known.empty:
        return pd.DataFrame({"flow_id": [], "parameter": [], "lower": [], "upper": []}, index=known.rename("blend_id"))
    while True:  # what enters a mix may come out of another one
        before = inflows(case, _split(known))["blend_id"]
        further = known.union(pd.Index(sorted(set(before) - {""}), dtype=object))
        if len(further) == len(known):
            break
        known = further
    keys = _split(known)
    ends = case.quality.groupby("parameter")["value"].agg(["min", "max"]).reindex(keys["parameter"])
    specified = case.quality.set_index(KEY)["value"].reindex(pd.MultiIndex.from_frame(keys))
    return keys.assign(
        lower=ends["min"].fillna(0.0).to_numpy(),
        upper=np.where(specified.notna(), specified, ends["max"].fillna(0.0).to_numpy()),
    ).set_axis(pd.Index(known, name="blend_id"))


def _split(labels: pd.Index) -> pd.DataFrame:
    parts = [label.rsplit("|", 1) for label in labels]
    return pd.DataFrame(parts, columns=KEY, dtype=object)
