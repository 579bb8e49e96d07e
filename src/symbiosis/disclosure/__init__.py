"""The disclosure gate: which figures of a table, a map or a scenario may leave the private side.

`rules` judges one figure, `tables` lays figures out with their margins, `suppression` hides until nothing hidden can be worked
out, `releases` makes versions of a table, `zoning` groups communes once, and `attack` is the intruder that audits them all.

The thresholds and the need for complementary suppression are those of INSEE for business statistics; the p % rule and the audit
by linear programmes those of the European handbook on statistical disclosure control. What the gate does not promise: an
intruder who knows how it chooses may draw more from *which* figures it hid; two contributors who pool what they know are one
unit that was not declared.
"""

from symbiosis.disclosure.aggregates import Aggregate
from symbiosis.disclosure.attack import bounds, recovered
from symbiosis.disclosure.releases import Release, release
from symbiosis.disclosure.rules import Rules, unit_ids
from symbiosis.disclosure.tables import TOTAL, Grid
from symbiosis.disclosure.zoning import Zoning

__all__ = ["TOTAL", "Aggregate", "Grid", "Release", "Rules", "Zoning", "bounds", "recovered", "release", "unit_ids"]
