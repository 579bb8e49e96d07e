"""Runs of the engine again and again, for whoever has to choose: each asks the same territory another question.

=========== ===============================================================================================================
module      question
=========== ===============================================================================================================
`study`     the same territory in memory: what a new scenario leaves as it was is not computed again
`front`     what does an hour of insertion, a tonne or a kilogram of CO2e cost in euros: the best compromises
`sweep`     what does the plan become when one assumption turns
`absence`   what would each actor's leaving cost the others
`newcomer`  whom does what was just said in the room concern
`market`    what volume stands within reach of an operation, and at which usual prices
`operation` what pay and what work an operation may count on
`ballots`   which projects does a public budget support, from what the voters approve
=========== ===============================================================================================================
"""

from __future__ import annotations

from symbiosis.decisions.absence import absences
from symbiosis.decisions.front import AXES, front
from symbiosis.decisions.newcomer import Room
from symbiosis.decisions.study import Study
from symbiosis.decisions.sweep import sweep, turned

__all__ = ["AXES", "Room", "Study", "absences", "front", "sweep", "turned"]
