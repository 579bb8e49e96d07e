"""From a company's own words to ranked materials and uses of the catalogue.

The catalogue holds the names of every material and use in both languages; a text that meets any of them points to
the same
row, whatever the language of either. Words decide; a waste code and an activity support or contradict them, and the
contradiction is said, never hidden. Nothing is filled in: suggested codes are a list to choose from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from symbiosis.pathways import closure
from symbiosis.resolver.codes import SAME_CODE, CodeIndex, code_lists, digits
from symbiosis.resolver.flags import flagged, made_good_first
from symbiosis.resolver.index import EXACT_NAME, NameIndex, Texts
from symbiosis.resolver.lexicon import Lexicon
from symbiosis.resolver.plants import Plants
from symbiosis.resolver.suggestions import COLUMNS as CODE_COLUMNS
from symbiosis.resolver.suggestions import CodeNames, suggested
from symbiosis.resolver.vocabulary import Stems
from symbiosis.resolver.words import exacting

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

__all__ = ["Resolver", "digits"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Targets = Literal["materials", "materials+uses"]

COLUMNS = ("flow_id", "target_kind", "target_id", "confidence", "words", "rank", "flags")

CODE_GAIN = 0.45
"""Part of the doubt that an equal waste code takes away."""
ACTIVITY_GAIN = 0.1
SUPPORT_GAIN = 0.4
"""Part of the doubt on a use that goes when the same text names a material which that use accepts."""
PLANT_GAIN = 0.15
"""Part of the doubt on a use that goes when the text names a plant that has it, or states its activity."""
PLANT_ALONE = 0.2
"""Score of a use that no word says, of a plant that is named."""
FAMILY_PENALTY = 0.6
CODE_ALONE = 0.4
"""Confidence when a code says something and the words nothing: several materials share most codes."""
SPOKEN = 0.12
"""Score under which words are an accident (a preposition too long, a place name)."""
PROPOSED = 0.1
TIE = 0.92
"""A second, unrelated target this near to the first makes the text ambiguous."""

CONFIDENCE = {"material": (-2.2, 2.9, 2.3), "use": (-3.2, 3.9, 1.8)}
"""Logit of the confidence: constant, score, lead over the best rival that is no kin (a share of the greater).

Fitted on names of the catalogue, a quarter of them hidden at a time, and on all the names of targets hidden
altogether (two fifths of the cases: what people write and the catalogue lacks): how often the target, or a narrower or
broader one, was meant. Moved by hand, within a plateau of the
ranks, about as far as the same fit moved when :mod:`symbiosis.resolver.likelihood` came.
"""
CERTAIN = 0.97
"""Confidence of a text that is a name of the catalogue and of no other target."""
WEIGHED = 8
"""Candidates weighed against each other for a text."""
RECENT, FEW = 12, 5
"""Questions of a few texts that are remembered: whoever asks about a flow asks again, of another pair or of its codes."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """Scores of distinct texts against one kind of target, and what explains them."""

    values: Floats
    spoken: Floats
    name: Integers
    words: NameIndex
    texts: Texts
    near: sp.csr_array
    asked: sp.csr_array


class Resolver:
    """Words, codes and activities to materials and uses.

    Build once per catalogue: :meth:`of` keeps it with the catalogue.

    Parameters
    ----------
    catalogue
        The catalogue.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.stems = Stems()
        self._recent: list[tuple[NameIndex, tuple[str, ...], _Heard]] = []  # never changed in place: threads share it

    # Names are indexed when the first words come: flows that name their materials need none of it.

    @cached_property
    def ancestors(self) -> pd.DataFrame:
        """Result of :func:`symbiosis.pathways.closure`."""
        return closure(self.catalogue.materials)

    @cached_property
    def codes(self) -> CodeIndex:
        """Waste codes of the materials."""
        return CodeIndex(self.catalogue, self.ancestors)

    @cached_property
    def material_names(self) -> pd.DataFrame:
        """Every name of every material."""
        return _names(self.catalogue.materials, self.catalogue.material_names, "material_id")

    @cached_property
    def use_names(self) -> pd.DataFrame:
        """Every name of every use."""
        return _names(self.catalogue.uses, self.catalogue.use_names, "use_id")

    @property
    def materials(self) -> NameIndex:
        """Names of the materials, ready to be compared."""
        return self._indexes[0]

    @property
    def uses(self) -> NameIndex:
        """Names of the uses, likewise."""
        return self._indexes[1]

    @cached_property
    def _indexes(self) -> tuple[NameIndex, NameIndex]:
        both = (
            NameIndex(self.material_names, "material", self.stems, self.ancestors),
            NameIndex(self.use_names, "use", self.stems),
        )
        named, words = [index.names for index in both], [index.stemmed() for index in both]
        words[1] = words[1].assign(name=words[1]["name"] + len(named[0]))
        lexicon = Lexicon(pd.concat(named, ignore_index=True), pd.concat(words, ignore_index=True))
        for index in both:
            index.translate(lexicon)
        return both

    @cached_property
    def tongues(self) -> tuple[frozenset[str], frozenset[str]]:
        """Words that French alone uses, and English alone."""
        french, english = (self.materials.words_of(language) | self.uses.words_of(language) for language in ("fr", "en"))
        return french - english, english - french

    @cached_property
    def _code_names(self) -> CodeNames:
        return CodeNames.of(self.catalogue, self.codes, self.stems)

    def prepare_codes(self) -> None:
        """Build now what :meth:`suggest_codes` would build at its first call."""
        _ = self._code_names

    @cached_property
    def _plants(self) -> Plants:
        return Plants(self.catalogue, self.stems, self.uses.targets)

    @cached_property
    def _accepted(self) -> Floats:
        return self._use_matrix()

    @cached_property
    def _kin(self) -> dict[str, npt.NDArray[np.bool_]]:
        return {"material": self._kinship(), "use": np.eye(len(self.uses.targets), dtype=bool)}

    @classmethod
    def of(cls, catalogue: Catalogue) -> Resolver:
        """The resolver of a catalogue, built at the first call.

        Parameters
        ----------
        catalogue
            The catalogue.

        Returns
        -------
        Resolver
            The same one at every call.
        """
        known = catalogue.memory.get("resolver")
        if not isinstance(known, cls):
            known = cls(catalogue)
            catalogue.memory["resolver"] = known
        return known

    def _kinship(self) -> npt.NDArray[np.bool_]:
        """Which materials are the same, broader or narrower."""
        kin = np.eye(len(self.materials.targets), dtype=bool)
        row = self.materials.targets.get_indexer(pd.Index(self.ancestors["material_id"]))
        column = self.materials.targets.get_indexer(pd.Index(self.ancestors["ancestor_id"]))
        kin[row, column] = True
        kin[column, row] = True
        return kin

    def _use_matrix(self) -> Floats:
        """Fit of each material for each use, a broader row counting for the narrower."""
        rows = self.catalogue.use_materials
        spread = self.ancestors.merge(rows, left_on="ancestor_id", right_on="material_id", suffixes=("", "_row"))
        spread = spread.sort_values("depth", kind="stable").drop_duplicates(["material_id", "use_id"])
        matrix = np.zeros((len(self.materials.targets), len(self.uses.targets)))
        row = self.materials.targets.get_indexer(pd.Index(spread["material_id"]))
        column = self.uses.targets.get_indexer(pd.Index(spread["use_id"]))
        kept = (row >= 0) & (column >= 0)
        matrix[row[kept], column[kept]] = spread["fit_share"].fillna(0.8).to_numpy(dtype=float)[kept]
        return matrix

    def resolve(self, flows: pd.DataFrame, *, targets: Targets = "materials", limit: int = 4) -> pd.DataFrame:
        """Ranked targets of each flow.

        Parameters
        ----------
        flows
            Indexed by flow id: ``description`` and, where known, ``waste_code`` or ``waste_codes_accepted``, ``nace``,
            ``family``, ``material_id``, ``use_id``. A declared target has confidence 1 and stands alone.
        targets
            ``materials`` for outputs, ``materials+uses`` for needs.
        limit
            Most rows per flow and kind of target.

        Returns
        -------
        pandas.DataFrame
            ``flow_id``, ``target_kind``, ``target_id``, ``confidence``, ``words`` (those that decided, ``;``),
            ``rank`` (from 1 per flow), ``flags`` (``;``: ``code_contradicts_words``, ``code_only``, ``ambiguous``,
            ``negated``, ``exacting`` (asks for the new article of a stated grade), ``warned`` (the text also says
            what this reading leaves out: unknown content, asbestos, what burnt), ``bare`` (a need names the product,
            and this reading is what is left of it), ``declared``), sorted by flow and rank. A flow that says nothing
            known has no row.
        """
        declared = _declared(flows, targets)
        open_ = flows[~flows.index.isin(declared["flow_id"])]
        if open_.empty:
            return _finished(declared)
        asked, group = _distinct(open_)
        found = self._found(asked, targets, limit)
        owners = pd.DataFrame({"flow_id": open_.index, "case": group})
        result = owners.merge(found, on="case")[list(COLUMNS)]
        return _finished(pd.concat([declared, result], ignore_index=True) if len(declared) else result)

    def profile(self, flows: pd.DataFrame, *, targets: Targets = "materials") -> dict[str, Floats]:
        """Confidence of every target for every flow, for those who weigh all of them.

        Parameters
        ----------
        flows
            As for :meth:`resolve`.
        targets
            As for :meth:`resolve`.

        Returns
        -------
        dict of str to numpy.ndarray
            ``material`` and, if asked, ``use``: ``flows × targets`` in the order of ``materials.targets``,
            ``uses.targets``; zero below the threshold of a proposal.
        """
        asked, group = _distinct(flows)
        heard = self._heard(asked, targets)
        result = {}
        for kind, one in heard.items():
            best = self._weighed(kind, one.values)
            table = np.zeros_like(one.values)
            table[best["case"], best["column"]] = best["confidence"]
            result[kind] = table[group]
        return result

    def _weighed(self, kind: str, values: Floats) -> pd.DataFrame:
        """Best candidates of each case with their confidence, and whether an unrelated one is as good."""
        column = np.argsort(-values.round(12), axis=1, kind="stable")[:, :WEIGHED]
        value = np.take_along_axis(values, column, axis=1)
        kin = self._kin[kind][column[:, :, None], column[:, None, :]]
        rival = np.where(kin, 0.0, value[:, None, :]).max(axis=2, initial=0.0)
        constant, slope, lead = CONFIDENCE[kind]
        logit = constant + slope * value + lead * (value - rival) / np.maximum(np.maximum(value, rival), 1e-9)
        confidence = 1 / (1 + np.exp(-logit))
        sure = (value >= EXACT_NAME) & (rival < EXACT_NAME)
        confidence = np.where(sure, np.maximum(confidence, CERTAIN), np.minimum(confidence, CERTAIN))
        # A broader material has fewer rivals, all its kinds being kin: that alone must not lift it over a better one.
        confidence = np.minimum.accumulate(confidence, axis=1)
        rows = pd.DataFrame(
            {
                "case": np.repeat(np.arange(len(values)), column.shape[1]),
                "column": column.ravel(),
                "raw": value.ravel(),
                "confidence": confidence.ravel(),
                "is_tied": ((rival >= TIE * value) & (value >= TIE * value[:, :1])).ravel(),
            }
        )
        return rows[rows["raw"] >= PROPOSED]

    def _heard(self, asked: pd.DataFrame, targets: Targets) -> dict[str, _Heard]:
        codes = asked["codes"].tolist()
        by_code = self.codes.evidence(codes)[:, self.codes.materials.get_indexer(self.materials.targets)]
        by_activity = self.codes.activity(asked["nace"])[:, self.codes.materials.get_indexer(self.materials.targets)]
        material = self._spoken(self.materials, asked, targets)
        values = material.spoken.copy()
        family = self.catalogue.materials["family"].reindex(self.materials.targets).to_numpy()
        stated = asked["family"].to_numpy(dtype=object)[:, None]
        # "material" is what an empty cell means: only another family was really stated.
        values = np.where(
            (stated != "") & (stated != "material") & (stated != family[None, :]), values * FAMILY_PENALTY, values
        )
        doubt = (1 - values) * (1 - CODE_GAIN * by_code) * (1 - ACTIVITY_GAIN * by_activity)
        alone = CODE_ALONE * (by_code >= SAME_CODE) / np.maximum((by_code >= SAME_CODE).sum(axis=1, keepdims=True), 1) ** 0.5
        values = np.where(values >= SPOKEN, 1 - doubt, np.maximum(values * 0.5, alone))
        material = replace(material, values=values)
        if targets == "materials":
            return {"material": material}
        use = self._spoken(self.uses, asked, targets)
        support = np.zeros_like(use.spoken)
        column = np.argsort(-values.round(12), axis=1, kind="stable")[:, :WEIGHED]
        for place in column.T:  # the few best materials of every text, one rank at a time
            said = values[np.arange(len(values)), place]
            support = np.maximum(support, said[:, None] * self._accepted[place])
        plant = self._plants.evidence(asked["description"].tolist(), asked["nace"].tolist(), *self.tongues)
        doubt = (1 - use.spoken) * (1 - SUPPORT_GAIN * support) * (1 - PLANT_GAIN * plant)
        uses = np.where(use.spoken >= SPOKEN, 1 - doubt, np.maximum(use.spoken * 0.5, PLANT_ALONE * plant))
        return {"material": material, "use": replace(use, values=uses)}

    def _spoken(self, index: NameIndex, asked: pd.DataFrame, targets: Targets) -> _Heard:
        said = (targets, *asked["description"])
        for known, words, heard in self._recent:
            if known is index and words == said:
                return heard
        texts = index.read(said[1:], *self.tongues)
        if targets == "materials":  # what a maker makes is not what it needs, and may well be what leaves it
            texts = replace(texts, table=texts.table.assign(place=texts.table["place"].replace("product", "main")))
        near = index.nearness(texts)
        weights = index.asked(texts, near)
        scores = index.score(texts, near, weights)
        heard = _Heard(scores.values, scores.values, scores.name, index, texts, near, weights)
        if len(said) <= FEW:
            self._recent = [(index, said, heard), *self._recent[: RECENT - 1]]
        return heard

    def _found(self, asked: pd.DataFrame, targets: Targets, limit: int) -> pd.DataFrame:
        parts = []
        for kind, heard in self._heard(asked, targets).items():
            best = self._weighed(kind, heard.values).groupby("case").head(limit)
            case, column = best["case"].to_numpy(), best["column"].to_numpy()
            words = heard.words.deciding(heard.texts, heard.near, heard.asked, case, heard.name[case, column])
            is_spoken = heard.spoken[case, column] >= SPOKEN
            parts.append(
                best.assign(
                    target_kind=kind,
                    target_id=heard.words.targets.to_numpy(dtype=object)[column],
                    words=np.where(is_spoken, np.array(words, dtype=object), ""),
                    code_only=~is_spoken,
                )
            )
        found = pd.concat(parts, ignore_index=True)
        found["confidence"] = np.where(found["code_only"], np.minimum(found["raw"], CODE_ALONE), found["confidence"])
        # Among equals, the better score first; scores of two kinds are not of one scale.
        found = found.sort_values(
            ["case", "confidence", "target_kind", "raw", "target_id"], ascending=[True, False, True, False, True]
        )
        found["rank"] = found.groupby("case").cumcount() + 1
        spent = self._spent if targets == "materials+uses" else frozenset[str]()
        return flagged(found, asked, self.codes, spent)

    @cached_property
    def _spent(self) -> frozenset[str]:
        return made_good_first(self.catalogue)

    def suggest_codes(self, flows: pd.DataFrame, limit: int = 10, *, on: date | None = None) -> pd.DataFrame:
        """Waste codes that a description suggests, for somebody to choose from.

        Parameters
        ----------
        flows
            As for :meth:`resolve`; a declared code is not used.
        limit
            Most codes per flow.
        on
            The day on which the codes are valid; ``None`` for those without an end, which is the list as it will be.

        Returns
        -------
        pandas.DataFrame
            ``flow_id``, ``waste_code``, ``score``, ``reason`` (``material:<id>`` or ``designation``, with the words).
        """
        asked, group = _distinct(flows.drop(columns=["waste_code", "waste_codes_accepted"], errors="ignore"))
        material = self._heard(asked, "materials")["material"]
        best = self._weighed("material", material.values)
        confidence = np.zeros_like(material.values)
        confidence[best["case"], best["column"]] = best["confidence"]
        official = self._spoken(self._code_names.index, asked, "materials")
        words = [";".join(dict.fromkeys(group)) for group in _surfaces(official.texts)]
        found = suggested(
            self._code_names,
            confidence,
            self.materials.targets,
            spoken=official.spoken,
            words=words,
            nace=asked["nace"],
            limit=limit,
            on=on,
        )
        owners = pd.DataFrame({"flow_id": flows.index, "case": group})
        rows = owners.merge(found, on="case")[list(CODE_COLUMNS)]
        return rows.sort_values(["flow_id", "score", "waste_code"], ascending=[True, False, True], ignore_index=True)


def _surfaces(texts: Texts) -> list[list[str]]:
    """Words of each text as they were written."""
    groups = texts.table.groupby("row")["surface"].agg(list).to_dict()
    return [list(groups.get(row, [])) for row in range(texts.count)]


def _names(table: pd.DataFrame, names: pd.DataFrame, key: str) -> pd.DataFrame:
    own = [
        pd.DataFrame({"target_id": table.index.astype(str), "name": table[f"name_{language}"].to_numpy(), "language": language})
        for language in ("fr", "en")
    ]
    own = [rows.assign(is_main=True) for rows in own]
    more = names[[key, "name", "language"]].rename(columns={key: "target_id"}).assign(is_main=False)
    rows = pd.concat([*own, more[more["target_id"].isin(table.index)]], ignore_index=True)
    return rows[rows["name"].fillna("") != ""]


def _text(flows: pd.DataFrame, column: str) -> pd.Series:
    if column not in flows:
        return pd.Series("", index=flows.index, dtype=object)
    return flows[column].astype(object).where(flows[column].notna(), "").astype(str).str.strip()


def _declared(flows: pd.DataFrame, targets: Targets) -> pd.DataFrame:
    """Targets that the declaration itself names: nothing to guess."""
    kinds = {"material": "material_id"} | ({"use": "use_id"} if targets == "materials+uses" else {})
    parts = []
    for kind, column in kinds.items():
        ids = _text(flows, column)
        ids = ids[ids != ""]
        parts.append(pd.DataFrame({"flow_id": ids.index, "target_kind": kind, "target_id": ids.to_numpy()}))
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(confidence=1.0, words="", flags="declared")
    return rows.assign(rank=rows.groupby("flow_id").cumcount() + 1)[list(COLUMNS)]


def _distinct(flows: pd.DataFrame) -> tuple[pd.DataFrame, Integers]:
    """What is asked, each case once, and the case of each flow."""
    cases = pd.DataFrame(
        {"description": _text(flows, "description"), "nace": _text(flows, "nace"), "family": _text(flows, "family")}
    )
    cases["nace"] = cases["nace"].str.replace(r"\D", "", regex=True).str[:4]
    cases["codes"] = code_lists(flows)
    group = np.asarray(cases.groupby(["description", "nace", "family", "codes"], sort=True).ngroup(), dtype=np.int64)
    asked = cases.assign(case=group).drop_duplicates("case").sort_values("case").drop(columns="case").reset_index(drop=True)
    negation = r"\b(?:non|sans|hors(?!\s+(?:d['’]usage|service))|sauf|not|without|except|excluding)\b|-free\b"
    asked["exacting"] = asked["description"].map(exacting).astype(bool)
    asked["negated"] = asked["description"].str.contains(negation, case=False, regex=True)
    return asked, group


def _finished(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[list(COLUMNS)].sort_values(["flow_id", "rank"], ignore_index=True)
