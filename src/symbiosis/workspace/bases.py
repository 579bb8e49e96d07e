"""Why a flow is usual in an activity, in English: the catalogue says it in French, in a few dozen phrases."""

# ruff: noqa: E501 - a phrase a line, whatever its length

from __future__ import annotations

import re

_PART = re.compile(r" ; (?![^(]*\))")
_NEED = re.compile(r"hypothèse : besoin posé par les auteurs d’après l’activité \((.*)\)")
_CHAPTERS = (
    re.compile(r"décision 2000/532/CE, chapitres? (?P<numbers>[\d ,eàt]+)"),
    re.compile(r"chapitres? (?P<numbers>[\d ,eàt]+?) de la décision 2000/532/CE"),
)

_SAID = """
un sol cultivé se chaule, se fertilise et s’irrigue ; le matériel sert peu de jours par an | fields are limed, fertilised and irrigated; machines serve few days a year
flux attendu dans bien des sites | expected at many sites
flux attendu dans quelques sites | expected at some sites
flux attendu presque partout dans cette activité | expected almost everywhere in this activity
décision 2000/532/CE, chapitre 02 01 (agriculture) | Decision 2000/532/EC, chapter 02 01 (agriculture)
les films, ficelles et bidons suivent les intrants | films, twine and cans come with what is bought
une serre chauffe et enrichit son air en CO2 ; les légumes s’irriguent | a greenhouse is heated and its air enriched with CO2; vegetables are irrigated
raisonnement : écarts de tri et de calibre, plastiques de culture | reasoning: rejects of sorting and grading, crop plastics
amendement et paillage du rang ; la récolte demande des bras | soil improvers and mulch; harvest needs hands
raisonnement : taille annuelle et fruits hors calibre | reasoning: yearly pruning and fruit out of grade
aliments et litière sont les premiers achats d’un élevage | feed and bedding are what a livestock farm buys first
animaux morts : règlement (CE) 1069/2009 | dead animals: Regulation (EC) 1069/2009
débardage et transport se sous-traitent | hauling and transport are subcontracted
raisonnement : rémanents de coupe | reasoning: felling residues
aliments, chaleur et oxygène des bassins | feed, heat and oxygen of the ponds
raisonnement : mortalités, coquilles et boues de bassins | reasoning: mortalities, shells and pond sludge
la remise en état demande des remblais et de la terre | restoration needs fill and soil
chaleur, froid et lavage d’un abattoir | heat, cold and washing of a slaughterhouse
règlement (CE) 1069/2009 | Regulation (EC) 1069/2009
hypothèse : eau que les procédés usuels de l’activité rejettent | assumption: water that the usual processes of the activity discharge
froid et lavage des bacs | cold, and washing of crates
caisses de polystyrène | polystyrene boxes
épluchage, cuisson et lavage | peeling, cooking and washing
désodorisation à la vapeur, neutralisation à la soude | deodorising with steam, neutralising with caustic soda
raffinage : gommes et terres | refining: gums and bleaching earths
nettoyage en place à la soude et à l’acide, pasteurisation, froid | cleaning in place with soda and acid, pasteurising, cold
hypothèse : énergie que les procédés usuels de l’activité rejettent | assumption: energy that the usual processes of the activity give off
séchage de l’amidon et des fibres | drying of starch and fibres
raisonnement : sons et remoulages | reasoning: bran and middlings
caisses de livraison et chaleur de four | delivery crates and oven heat
raisonnement : pertes de cuisson et invendus | reasoning: baking losses and unsold goods
chaux et gaz carbonique de l’épuration calcique | lime and carbon dioxide of lime purification
tempérage et froid | tempering and cold
raisonnement : ratés de production | reasoning: faulty products
conditionnement sous azote | packing under nitrogen
cuisson et surgélation | cooking and deep-freezing
raisonnement : fins de série et erreurs d’étiquette | reasoning: ends of lines and labelling errors
matières premières riches en protéines et en énergie | raw materials rich in protein and energy
raisonnement : refus de fabrication | reasoning: production rejects
distillation à la vapeur | steam distillation
froid de vinification, inertage | cold for wine-making, inerting
brassage à la vapeur, gazéification, lavage | brewing with steam, carbonating, washing
le CO2 vient de la fermentation | the CO2 comes from fermentation
CO2 alimentaire et bouteilles | food-grade CO2 and bottles
raisonnement : lots périmés et bouteilles ratées | reasoning: out-of-date batches and faulty bottles
teinture à chaud, électrolyte, adoucissement | hot dyeing, electrolyte, softening
petites séries faites de fins de rouleaux | small series made from ends of rolls
raisonnement : chutes de coupe | reasoning: cutting offcuts
sel de conservation et chaleur | preserving salt and heat
le séchage du bois prend l’essentiel de la chaleur | drying wood takes most of the heat
panneaux et chauffage des ateliers | boards and heating of workshops
palettes à réparer et planches | pallets to repair and planks
raisonnement : casse et chutes d’atelier, clous | reasoning: breakage and offcuts of the workshop, nails
fibres, charges, amidon, vapeur et eau | fibres, fillers, starch, steam and water
colle d’amidon et vapeur d’onduleuse | starch glue and steam of the corrugator
chutes de découpe | cutting offcuts
nettoyage des machines, papier | cleaning of machines, paper
hydrogène, vapeur et eau de refroidissement | hydrogen, steam and cooling water
acides, bases, vapeur, gaz inertes | acids, bases, steam, inert gases
soufre, phosphore, potasse | sulphur, phosphorus, potash
le CO2 vient de l’ammoniac | the CO2 comes from ammonia
polymérisation à la vapeur sous azote | polymerisation with steam under nitrogen
charges, pigments, conteneurs | fillers, pigments, containers
corps gras, soude, alcool | fats, caustic soda, alcohol
raisonnement : lots refusés | reasoning: rejected batches
solvants, eau pure et vapeur propre | solvents, pure water and clean steam
vulcanisation à la vapeur, noir de carbone | vulcanising with steam, carbon black
raisonnement : chutes et bavures | reasoning: offcuts and flash
granulés recyclés, froid des moules | recycled pellets, cooling of moulds
raisonnement : carottes, purges et rebuts | reasoning: sprues, purges and rejects
PVC broyé et craie | ground PVC and chalk
raisonnement : chutes de profilés | reasoning: profile offcuts
calcin, sable et soude | cullet, sand and soda
argile, porogènes et séchage | clay, pore formers and drying
combustibles et matières de substitution | substitute fuels and materials
granulats, additions et eau | aggregates, additions and water
eau de sciage | sawing water
ferrailles, chaux, carbone, oxygène | scrap, lime, carbon, oxygen
métaux à refondre et fondants | metals to remelt and fluxes
sable, ferrailles et carbone | sand, scrap and carbon
grenaillage, gaz de coupe, levage | shot-blasting, cutting gas, lifting
lubrifiants et outillage | lubricants and tools
raisonnement : squelettes de tôle et calamine | reasoning: sheet skeletons and mill scale
bains, huiles et eau déminéralisée | baths, oils and demineralised water
eau ultrapure, azote de soudage | ultrapure water, soldering nitrogen
crasses de soudure | solder dross
compounds techniques et tourets | technical compounds and cable drums
raisonnement : chutes de câble et de bobinage | reasoning: cable and winding offcuts
usinage et emballage des machines | machining, and packing of machines
emballages navettes et transport du personnel | returnable packaging and staff transport
raisonnement : emboutissage, peinture et flux d’emballages | reasoning: pressing, painting and packaging flows
panneaux, mousses et chauffage des ateliers | boards, foams and heating of workshops
absorbants et chiffons | absorbents and rags
combustibles, chaux, eau et urée | fuels, lime, water and urea
combustibles renouvelables et chaleur fatale | renewable fuels and waste heat
réactifs et matériaux filtrants | reagents and filter media
réactifs, carbone et chaux | reagents, carbon and lime
tournées, lavage et compactage | rounds, washing and compacting
structurant, intrants et réactifs | bulking agent, inputs and reagents
gisements triés en entrée | sorted deposits as input
granulats recyclés, réemploi et engins | recycled aggregates, reuse and machines
matériaux routiers et liants | road materials and binders
engins et exutoires de remblai | machines and outlets for fill
produits de réemploi et isolants | reused products and insulation
dépose de menuiseries et de revêtements | removal of joinery and coverings
pièces d’occasion et fluides | used parts and fluids
palettes, cartons et places de stockage | pallets, cardboard and storage places
hypothèse : capacité inoccupée une partie du temps | assumption: capacity that stands idle part of the time
emballages et livraison | packaging and delivery
froid, chauffage et bacs | cold, heating and crates
raisonnement : invendus alimentaires | reasoning: unsold food
fret de retour, pneus rechapés et stationnement | return freight, retreaded tyres and parking
retours à vide | empty returns
palettes et surfaces | pallets and floor space
surfaces et engins inoccupés | idle floor space and machines
blanchisserie et eau chaude | laundry and hot water
rotation du linge et du mobilier | turnover of linen and furniture
denrées, contenants et cuisines aux heures creuses | food, containers and kitchens in idle hours
biodéchets triés : article L. 541-21-1 du code de l’environnement | sorted biowaste: article L. 541-21-1 of the French environmental code
froid et secours électrique | cold and back-up power
raisonnement : la puissance appelée sort presque toute en chaleur | reasoning: nearly all the power drawn leaves as heat
gaz et eau pure | gases and pure water
chiffons, eau et lavage | rags, water and washing
bidons vides | empty cans
paillage, compost, terre et eau | mulch, compost, soil and water
mobilier, livres et matériaux d’atelier | furniture, books and workshop materials
locaux vides hors périodes scolaires | rooms that stand empty outside school terms
linge, eau chaude et repas | linen, hot water and meals
chaleur de piscine, sable et arrosage | pool heat, sand and watering
raisonnement : tontes et créneaux libres | reasoning: grass clippings and free slots
chaleur, sel et préchauffage | heat, salt and preheating
hypothèse : eau de lavage tiède et linge réformé | assumption: lukewarm wash water and discarded linen
"""
_ENGLISH = dict(line.split(" | ") for line in _SAID.strip().splitlines())


def basis(text: str, language: str) -> str:
    """Source or reasoning of a usual flow; a phrase that is not known stays as it was written.

    Parameters
    ----------
    text
        As the catalogue says it.
    language
        ``fr`` or ``en``.

    Returns
    -------
    str
    """
    return text if language == "fr" else "; ".join(map(_part, _PART.split(text)))


def _part(text: str) -> str:
    if text in _ENGLISH:
        return _ENGLISH[text]
    if need := _NEED.fullmatch(text):
        why = _ENGLISH.get(need[1], need[1])
        return f"assumption: a need that the authors expect of the activity ({why})"
    for pattern in _CHAPTERS:
        if found := pattern.fullmatch(text):
            numbers = found["numbers"].strip().replace(" et ", " and ").replace(" à ", " to ")
            return f"Decision 2000/532/EC, chapter{'s' if len(numbers) > 5 else ''} {numbers}"
    return text
