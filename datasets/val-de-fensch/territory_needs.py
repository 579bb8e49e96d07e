"""What the invented companies look for: for each kind of need its wordings, price of today and what the receiver may take.

Prices are invented orders of magnitude in euros per unit, delivered. ``codes`` are the waste codes that the receiver's permit
lists when she has read it: the generator writes them for about one receiver in two, the others stay to be investigated.
"""

from __future__ import annotations

from typing import NamedTuple


class Need(NamedTuple):
    """A kind of need; ``words`` holds several wordings."""

    words: str
    price: float
    codes: str = ""
    unit: str = "t"
    family: str = "material"
    months: str = ""
    route: str = ""
    conditions: str = ""
    minimum_lot: float = 0.0
    quality: str = ""
    is_always_documented: bool = False


PI = "pi_similar_product;pi_file_sent;pi_market;pi_no_harm"
WASTE = "waste_to_entitled_site"
PERMIT = "es_codes_in_permit"


def _kit(words: str, price: float, unit: str = "h") -> Need:
    return Need(words, price, unit=unit, family="equipment", route="not_waste")


def _hours(words: str, price: float) -> Need:
    return Need(words, price, unit="h", family="service", route="not_waste")


def _heat(words: str, price: float, quality: str = "", months: str = "") -> Need:
    return Need(words, price, unit="MWh", family="energy", route="not_waste", quality=quality, months=months)


def _water(words: str, price: float, quality: str = "", months: str = "") -> Need:
    return Need(words, price, unit="m3", family="water", quality=quality, months=months)


NEEDS: dict[str, Need] = {
    # Wood
    "boiler_packaging": Need("broyat de palettes sec pour chaudière bois|broyat de bois d'emballage "
        "attesté pour chaufferie", 92,
                             quality="moisture_share<0.25", is_always_documented=True, route="end_of_waste",
                             conditions="eow_contract"),
    "boiler_chips": Need("plaquettes pour chaufferie biomasse|combustible biomasse P45 M35", 78,
        quality="moisture_share<0.45", is_always_documented=True),
    "panel_wood": Need("bois de recyclage pour fabrication de panneaux", 34, "150103;170201;191207;200138",
        route=WASTE, conditions=PERMIT, minimum_lot=50,
                       is_always_documented=True),
    "pallet_bought": Need("achat palettes 80x120|palettes neuves export|palettes pour expéditions|pallets 1200x800 "
        "purchase|palettes Europe, achat", 430),
    "pallet_reuse": Need("palettes d'occasion bon état|réassort palettes reconditionnées|palettes EUR 2e choix", 280),
    "pallet_wood": Need("planches et dés pour palettes|bois scié pour caisses", 310),
    "wood_boards": Need("panneaux et planches bois|bois massif raboté|contreplaqué, MDF|tasseaux et panneaux", 690),
    "reel": Need("tourets d'occasion|bobines bois réutilisables", 240),
    "sleepers": Need("traverses bois pour embranchement", 520),
    "mulch": Need("paillage bois broyé pour massifs|broyat de branches pour paillage", 38, months="2-5"),
    "bedding": Need("sciure ou copeaux pour litière|litière dépoussiérée", 118, quality="moisture_share<0.2"),
    "structurant": Need("structurant ligneux compostage", 24, "030101;200138;200201"),
    "compost_structurant": Need("broyat structurant pour mélange boues", 28, "200201;030101"),
    # Packaging and paper
    "boxes": Need("cartons d'expédition|caisses carton neuves|boîtes et calages carton|emballages carton imprimés|"
        "corrugated boxes|achat cartons + calage", 880),
    "cardboard_in": Need("vieux papiers cartons pour pâte|balles de carton à trier", 95, "150101;191201;200101",
        route=WASTE, conditions=PERMIT),
    "paper": Need("papier couché bobines", 920),
    "film_bought": Need("film étirable manuel et machine|achat housses PE", 1750),
    "bigbag": Need("big bags 1 m3, occasion possible|GRVS 1 t", 950),
    "ibc": Need("cuves 1000 L d'occasion|GRV reconditionnés", 1500),
    "drum": Need("fûts acier 200 L reconditionnés", 1300),
    "bottles": Need("bouteilles 33 cl|verre consigné 75 cl", 640),
    "bags": Need("sacs papier kraft", 1900),
    "crates": Need("cagettes bois et plateaux réemployables", 520),
    "pots": Need("pots plastique horticoles", 1400),
    # Plastics
    "granules_pp": Need("granulés PP pour injection|PP copo noir, régénéré accepté|polypropylène régénéré pour bacs|PP granulés "
        "vierges ou recyclés", 1080,
                        "191204;070213", route="production_installation", conditions=PI,
                        quality="contaminants_share<0.02"),
    "granules_pe": Need("granulés PEHD|PE pour extrusion de tube|matière PE noire|HDPE regrind or virgin", 1150,
        "191204;070213", route="production_installation",
                        conditions=PI, quality="contaminants_share<0.02"),
    "granules_pvc": Need("compound PVC rigide", 1240),
    "pvc_recycled": Need("PVC rigide blanc récupéré, pour extrusion de profilés", 410, "170203;191204;120105",
        route="production_installation", conditions=PI,
                         quality="contaminants_share<0.03", is_always_documented=True),
    "film_bales": Need("balles de film PE à régénérer", 210, "150102;191204;020104", route=WASTE, conditions=PERMIT,
                       is_always_documented=True),
    "plastic_in": Need("plastiques rigides à trier", -60, "150102;170203;200139;191204", route=WASTE,
        conditions=PERMIT),
    "rubber_powder": Need("poudrette de caoutchouc", 380, "191204"),
    "resin": Need("colle urée-formol", 540),
    # Metals
    "scrap": Need("ferrailles E40 / E8 pour four|chutes de fer à enfourner|mitraille acier|steel scrap for "
        "melting", 285,
                  "120101;170405;191001;191202;160117", route=WASTE, conditions=PERMIT, minimum_lot=10),
    "cable": Need("câbles à dénuder", 1500, "170411;160216", route=WASTE, conditions=PERMIT),
    "scrap_beams": Need("poutrelles et tôles d'occasion|fer plat, chutes longues réutilisables", 620),
    "zinc": Need("zinc SHG lingots", 2750),
    "carbon": Need("coke / anthracite recarburant", 430),
    "lime": Need("chaux vive|chaux pour neutralisation", 168),
    "refractory": Need("briques réfractaires|bétons réfractaires", 920),
    "abrasive": Need("grenaille acier|abrasif corindon, garnet", 640),
    "glazing": Need("huile de coupe verre, mastic vitrier", 2100),
    # Minerals and building
    "aggregate": Need("grave 0/31,5 recyclée ou carrière|granulats pour béton et remblai|tout-venant de carrière|"
        "graviers 4/20", 17.5,
                      "170101;170107;191209", conditions=PERMIT),
    "sand_new": Need("sable 0/4|sable siliceux moulage", 29, quality="contaminants_share<0.02"),
    "slag_road": Need("laitier pour couche de forme routière", 9, "100202", conditions=PERMIT, route=WASTE),
    "slag_cement": Need("laitier granulé moulu (addition béton)|substitut de clinker", 62),
    "cement_iron": Need("correcteur fer pour cru", 24, "100210;100202", conditions=PERMIT, route=WASTE),
    "cement_gypsum": Need("régulateur de prise", 21, "170802"),
    "ash_cement": Need("cendres silico-alumineuses pour cru", 6, "100101;100102", conditions=PERMIT, route=WASTE),
    "fly_ash": Need("cendres volantes EN 450", 58),
    "fuel_alt": Need("combustible de substitution broyé (CSR)", -28, "191210;191212", conditions=PERMIT,
        route=WASTE, quality="chlorine_share<0.008"),
    "cullet_beads": Need("calcin plat propre pour microbilles", 62, "170202;191205;160120", conditions=PERMIT,
        route=WASTE, quality="contaminants_share<0.005",
                         is_always_documented=True),
    "insulation": Need("isolant thermique en rouleaux, ouate ou laine", 1350),
    "second_windows": Need("portes et fenêtres de réemploi pour annexes", 700),
    # Chemicals
    "acid": Need("acide chlorhydrique 33 %|HCl décapage", 185),
    "caustic": Need("soude caustique 30/50 %|lessive de soude|NaOH 50 %", 390,
        quality="concentration_mg_per_l>300000"),
    "solvent": Need("solvants de dilution (régénéré possible)|acétate, diluant nettoyage|white spirit", 1420,
        quality="purity_share>0.97"),
    "hydraulic": Need("huile hydraulique HLP46", 2100),
    "lubricant": Need("huile de coupe et graisse|lubrifiants moteurs|huiles entières|huile chaîne et moteur", 2350),
    "gas_cylinders": Need("bouteilles argon/acétylène", 3650),
    "nitrogen": Need("azote liquide", 210),
    "co2": Need("CO2 pour enrichissement serre", 190, months="3-9"),
    "polymer": Need("polymère floculant", 2900),
    # Second-hand goods
    "parts": Need("pièces auto d'occasion|phares, jantes, éléments de carrosserie occasion", 1900),
    "parts_weee": Need("pièces détachées électroménager", 2400),
    "appliance": Need("électroménager reconditionné pour logements|lave-linge et frigos d'occasion|petit électroménager reconditionné", 820),
    "appliance_shop": Need("électroménager révisé pour la boutique solidaire", 480),
    "weee": Need("DEEE à démanteler|électroménager et écrans hors d'usage", -85, "200136;160214",
        conditions=PERMIT, route=WASTE),
    "weee_fractions": Need("fractions démontées d'appareils (métaux, cartes)", 160, "191202;191203;160216",
        route=WASTE, conditions=PERMIT),
    "furniture_used": Need("mobilier d'occasion|tables et armoires pour logements meublés|meubles de bureau seconde "
        "main|chaises et bureaux d'occasion", 260, "200307"),
    "textile_used": Need("vêtements et linge à trier|dons textiles", 180, "200110;200111", conditions=PERMIT),
    "linen": Need("draps, blouses neufs ou reconditionnés|linge de lit", 5200),
    "rags": Need("chiffons d'essuyage|essuyeurs coton|cotton wiping rags", 1250),
    "bikes": Need("vélos à retaper, cadres et roues", 300),
    "tyres_bought": Need("pneus rechapés|pneumatiques VL neufs et occasion", 6200),
    # Food, agriculture, organics
    "food_aid": Need("dons alimentaires pour les familles|dons alimentaires frais et secs", 0, route="not_waste",
        conditions="food_within_date;food_cold_chain;food_not_abp"),
    "canteen_food": Need("surplus alimentaires frais pour la cantine|denrées pour repas scolaires", 1650,
        route="not_waste",
                         conditions="food_within_date;food_not_abp"),
    "veg_bought": Need("fruits et légumes (achats cuisine)|légumes 4e gamme|fresh vegetables", 1480,
        route="not_waste"),
    "veg_second": Need("surplus de légumes hors calibre à transformer (soupes, conserves)", 220, route="not_waste",
        conditions="food_within_date;food_not_abp", months="5-11"),
    "feed_dairy": Need("alimentation humide des vaches (drêches, pulpes)", 42, route="by_product",
        conditions="feed_registered", quality="dry_matter_share>0.18",
                       is_always_documented=True),
    "feed_pig": Need("alimentation des porcs (soupe, pain, petit-lait)", 36, "020601;200108",
        conditions="feed_registered", is_always_documented=True),
    "straw_in": Need("paille|paille broyée", 105),
    "biogas_feed": Need("matières fermentescibles pour notre digesteur", 4,
        "020106;020304;020502;020601;020704;020204;200108",
                        conditions=f"{PERMIT};abp_approved_site", route=WASTE,
                        is_always_documented=True),
    "compost": Need("amendement organique|terreau pour massifs et maraîchage|compost norme NFU 44-051", 27,
        months="2-5;9-11"),
    "grazing": Need("entretien par moutons (t de fourrage)", 10),
    # Energy
    "steam": _heat("vapeur process 6 bar|vapeur saturée, aujourd'hui au gaz|besoin vapeur (chaudière gaz à "
        "remplacer)|process steam purchase|vapeur 8 bar", 74, "pressure_bar>6"),
    "heat_space": _heat("chauffage de bâtiments (bureaux, ateliers)|chauffage des locaux|chaleur de chauffage (gaz aujourd'hui)",
        82, "temperature_c>35", "10-4"),
    "heat_district": _heat("eau chaude chauffage collectif|raccordement au chauffage urbain", 66, "temperature_c>70",
        "9-5"),
    "heat_network": _heat("chaleur à injecter dans le réseau urbain", 52, "temperature_c>70", "9-5"),
    "heat_greenhouse": _heat("chauffage basse température des serres", 48, "temperature_c>35", "9-5"),
    "heat_pool": _heat("chauffage de l'eau de la piscine et de l'air", 79, "temperature_c>32"),
    "cooling": _heat("eau glacée et froid de process|refroidissement de nos équipements|froid pour locaux "
        "techniques", 46),
    "biogas_fuel": _heat("biogaz ou gaz vert pour notre chaudière", 58),
    "electricity": _heat("électricité bureaux et froid|part d'autoconsommation collective", 145),
    # Water
    "ind_water": _water("eau industrielle|eau d'appoint circuits|eau de rinçage|eau de forage ou réseau pour "
        "process|process water, non potable", 1.35,
                        "concentration_mg_per_l<600"),
    "wash_water": _water("eau pour arrosage pistes et lavage engins|eau non potable pour lavage", 2.1),
    "sweep_water": _water("eau balayeuses et hydrocureuses", 2.3),
    "irrigation": _water("arrosage et irrigation d'été|eau pour irrigation", 1.1, "concentration_mg_per_l<200", "4-9"),
    "deion": _water("eau déminéralisée chaudière|eau osmosée", 4.2, "concentration_mg_per_l<20"),
    # Shared means
    "forklift": _kit("location chariot élévateur ponctuelle|cherche Fenwick 2 j/sem|besoin élévateur 3 t + "
        "cariste", 42),
    "warehouse": _kit("cherche stockage couvert (empl. palettes)|surface d'entrepôt tampon|box ou hangar hivernal|débord "
        "stockage", 62, "pieces"),
    "cold_room": _kit("place en chambre froide|stockage froid positif tampon|place au froid pour dons", 145, "pieces"),
    "crane": _kit("location nacelle ou grue|levage ponctuel", 68),
    "compressed_air": _kit("secours air comprimé", 25),
    "kitchen": _kit("cuisine équipée en dépannage", 32),
    "weigh": _kit("accès pont-bascule|pesées ponctuelles", 9, "pieces"),
    "parking": _kit("places de stationnement PL", 420, "pieces"),
    "meeting": _hours("salle pour formations 20 pers.|location salle de séminaire|salle de réunion occasionnelle|"
        "meeting room", 45),
    "truck": _hours("transport ponctuel Metz-Thionville|camion + chauffeur à la demande|navette porteur|tournée "
        "partagée", 62),
    "truck_load": _hours("fret retour pour nos camions|compléter nos tournées", 58),
    "training": _hours("formation CACES et gestes|formation sécurité intra mutualisée|habilitation électrique", 38),
    "cleaning": _hours("prestation de ménage|nettoyage des locaux|entretien vitres et sols|nettoyage industriel", 29),
    "fork_volunteer": _hours("aide au tri et à la manutention", 0),
}  # fmt: skip
