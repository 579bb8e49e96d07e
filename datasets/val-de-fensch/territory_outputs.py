"""What the invented companies hold: for each kind of output its wordings, code, outlet of today and usual figures.

Costs are invented orders of magnitude in euros per unit, tax included, anchored on public gate fees where one exists (landfill
of non-hazardous waste near 180, incineration near 133, composting near 60, anaerobic digestion near 90). Negative: it earns.
"""

from __future__ import annotations

from typing import NamedTuple


class Output(NamedTuple):
    """A kind of output; ``code`` may hold several codes of which one is drawn, and ``words`` several wordings."""

    words: str
    code: str = ""
    outlet: str = "landfill_non_hazardous"
    cost: float = 150.0
    load: float = 0.0
    rental: float = 0.0
    status: str = "waste"
    unit: str = "t"
    family: str = "material"
    months: str = ""
    distance: float = 25.0
    date_kind: str = ""
    shelf_days: float = 0.0
    density: float = 0.0
    quality: str = ""


LAND, OUT, INC = "landfill_non_hazardous", "recycler_outside", "incineration_energy_recovery"
HAZ = "incineration_hazardous"
TRADER, AIR, SEWER, IDLE = "material_trader", "discharge_air", "discharge_sewer", "unused"
COMPOST, DIGEST, ENERGY, INERT = (
    "composting_outside",
    "anaerobic_digestion_outside",
    "energy_recovery_outside",
    "landfill_inert",
)
BYP = "by_product"


def _hours(words: str, cost: float = 0.0) -> Output:
    return Output(words, outlet=IDLE, cost=cost, unit="h", family="service", status="product", distance=0)


def _kit(words: str, unit: str = "h") -> Output:
    return Output(words, outlet=IDLE, cost=0, unit=unit, family="equipment", status="product", distance=0)


def _heat(words: str, quality: str) -> Output:
    return Output(words, outlet=AIR, cost=0, unit="MWh", family="energy", status="product", distance=0, quality=quality)


def _water(words: str, cost: float, outlet: str = SEWER, quality: str = "") -> Output:
    return Output(words, outlet=outlet, cost=cost, unit="m3", family="water", status="unknown", distance=2, quality=quality)


OUTPUTS: dict[str, Output] = {
    # Wood
    "pallet": Output(
        "vieilles palettes cassées|palettes HS derrière le quai|palletes perdues non reprises|pal. cassées (palettes bois) + dés|"
        "bois de palette en vrac|palettes EUR abîmées|broken wooden pallets|palettes et caisses bois à jeter|"
        "palettes 80x120 dépareillées|palettes perdues fournisseurs|emballages bois : palettes, intercalaires|"
        "stock de palettes cassées au fond de la cour|caisses en bois et palettes jetables|palettes bois non "
        "consignées|"
        "palettes fin de vie|lots de palettes perdues 60x80|damaged pallets and crates|palettes bois, casse quai|"
        "palettes récup irréparables|caissettes + palettes bois brut", "150103", LAND, 112, 2.4, 1150,
        quality="moisture_share=0.18~0.03"),
    "wood_mixed": Output("bois en mélange déchèterie|bois B peint et contreplaqué|bois tout venant (portes, "
        "planches)|vieux bois divers|"
                         "benne bois, meubles et planches", "200138", OUT, 85, 6.5, 1400),
    "wood_treated": Output("traverses créosotées|bois traité autoclave (poteaux)|vieilles traverses de voie",
        "170204", HAZ, 240, 8, 0),
    "wood_joinery": Output("chutes de bois massif|chutes de menuiserie (chêne, sapin)|délignures d'atelier bois|"
        "bois brut de coupe|petit bois d'atelier",
                           "030105", INC, 70, 1.8, 720),
    "wood_panel": Output("chutes de mélaminé et MDF|chutes de panneaux agglo", "030105", INC, 95, 3, 980),
    "wood_log": Output("troncs et grosses branches d'élagage|bois d'abattage", "", COMPOST, 25, 9,
        status="product", months="11-3",
                       quality="moisture_share=0.45~0.05"),
    "sawdust": Output("sciure fraîche de hêtre|sciures et copeaux de rabotage|sciure sèche non traitée|fines de "
        "sciage", "030105", TRADER, -18, 12,
                      status=BYP, quality="moisture_share=0.35~0.1"),
    "slabs": Output("dosses, délignures et plaquettes de scierie", "030105", TRADER, -32, 22, status=BYP,
        quality="moisture_share=0.42~0.04"),
    "bark": Output("écorces de chêne et hêtre", "030101", TRADER, -8, 20, status=BYP, months="9-5"),
    "reel": Output("tourets bois vides|bobines de câble en bois|tourets non consignés", "150103", ENERGY, 65, 1.2, 0),
    "crates": Output("cageots bois cassés et plateaux", "150103", LAND, 130, 0.9, 600),
    # Paper, films, packaging
    "cardboard": Output(
        "cartons pliés en balles|cartons d'emballage en vrac|carton ondulé propre|vieux cartons|cartons compactés|"
        "OCC cardboard bales|cartons de livraison|benne carton|chutes de carton|cartons bruns écrasés|"
        "cartons de déballage|carton compacteur 20 m3", "150101", OUT, 18, 1.6, 880),
    "paper_offcuts": Output("rognes et maculatures d'imprimerie", "150101", TRADER, -55, 8),
    "paper_office": Output("papiers de bureau broyés|papier blanc + archives|ramettes usagées, courrier", "200101",
        OUT, 42, 0.6, 340),
    "film": Output(
        "film étirable de quai|housses plastiques transparentes|films PE propres|plastique souple d'emballage|LDPE "
        "stretch wrap|"
        "bâches de palettes|film étirable transparant en sacs|gaines et housses PE|films plastiques, qqes étiquettes|"
        "film de banderolage", "150102", LAND, 158, 0.7, 540, quality="contaminants_share=0.05~0.03"),
    "film_agri": Output("films et ficelles agricoles|plastiques agricoles souillés|bâches agricoles usées|"
        "agricultural film", "020104", OUT, 95, 1.5, months="3-5"),
    "eps": Output("calages en polystyrène blanc|caisses poisson PSE", "150102", LAND, 210, 0.15, 300),
    "hdpe": Output("bidons lessive vides rincés|bidons PEHD vides|jerricans plastiques 20 L égouttés", "150102",
        INC, 165, 0.4, 260),
    "ibc": Output("GRV 1000 L vides|cuves IBC usagées", "150102", OUT, 60, 0.9),
    "drum": Output("fûts acier 200 L vides souillés|fûts métal ayant contenu des solvants", "150110", HAZ, 420, 0.8),
    "bigbag": Output("big bags vides poudreux", "150102", LAND, 185, 0.5),
    "glass_pack": Output("bouteilles verre cassées|verre d'emballage en mélange|verre blanc et vert", "150107",
        OUT, 35, 1.1, 200),
    "jute": Output("sacs de jute café vert", "150109", LAND, 140, 0.3),
    "dib": Output(
        "benne DIB|DIB tout-venant benne 15 m3|DIB en mélange|DIB d'usine non trié|refus divers, benne grise|"
        "ordures de chantier non triées|mixed industrial waste skip|déchets banals en mélange|tout venant (DIB)|"
        "DIB compacté, résiduel|benne 30 m3 DIB tout venant|dechets divers non recyclables|résiduels bureaux et quai (DIB)|"
        "DAE en vrac non dangereux", "-", LAND, 184, 1.7, 1500, distance=32),
    # Plastics, rubber
    "plastic_hard": Output("rebuts d'injection PP noir|plastiques durs : caisses et pièces|bacs plastique cassés|"
        "pièces plastique mauvaises, PP/ABS|"
                           "bacs plastiques gerbables HS", "070213;120105;150102", LAND, 168, 1.9, 820,
                           quality="contaminants_share=0.06~0.03"),
    "plastic_sprue": Output("carottes et purges d'injection|broyé interne déclassé PP/PE", "070213", TRADER, -40,
        1.5, status=BYP),
    "plastic_bumper": Output("pare-chocs et boucliers|pare-chocs démontés|pièces de carrosserie plastique",
        "160119", LAND, 175, 0.8, 260),
    "plastic_household": Output("mobilier de jardin et jouets plastique|gros plastiques rigides (déchèterie)|"
        "plastiks durs : bacs, salons de jardin|"
                                "plastiques rigides des particuliers", "200139", LAND, 172, 1.4, 900, months="3-11",
                                quality="contaminants_share=0.15~0.05"),
    "plastic_mixed": Output("refus plastiques multi-résines|fractions plastiques noires|plastiques mêlés sans tri|"
        "chutes PVC adhésif et PMMA", "191204", INC, 140, 6),
    "plastic_pe": Output("purges et chutes de tube PE100", "070213", TRADER, -90, 2.5, status=BYP),
    "pvc_offcuts": Output("chutes de profilés blancs|découpes de profilé fenêtre PVC", "170203;120105", OUT, 30, 1.2),
    "rubber": Output("bavures et rebuts caoutchouc vulcanisé", "070299", LAND, 178, 2),
    "foam": Output("chutes de mousse PU|mousse d'assise découpée", "070213", LAND, 190, 0.6),
    "substrate": Output("pains de laine de roche usagés (culture hors sol)", "", LAND, 160, 4, months="11-12"),
    # Metals
    "scrap": Output("chutes de tôle acier|ferrailles d'atelier|rebuts et chutes acier|découpes laser, squelettes de "
        "tôle|steel offcuts, clean|"
                    "acier lourd démolition|ferraille à trier|chutes de laminage et abouts|riblons",
                    "120101;170405;191202", TRADER, -165, 5, 300),
    "scrap_alu": Output("chutes d'alu|profilés et découpes aluminium|chutes alu mêlées|copeaux et chutes 6060",
        "120103;170402", TRADER, -780, 0.9),
    "swarf": Output("copeaux acier égouttés|tournures d'acier|copaux d'usinage", "120101", TRADER, -95, 3.2),
    "copper": Output("cuivre milberry|chutes de cuivre nu|mitraille cuivreuse", "170401;191203", TRADER, -5200, 0.8),
    "cable": Output("chutes de câbles cuivre gainés|câbles électriques déposés|faisceaux déclassés",
        "170411;160216", TRADER, -1400, 0.6),
    "metal_mix": Output("métaux en mélange|ferrures, vis et petit métal|ferraille légère mêlée|métaux légers et "
        "zinc mêlés", "170407;191202", TRADER, -120, 1.5),
    "nails": Output("clous et déferraillage du broyeur", "191202", TRADER, -110, 2),
    "scale": Output("calamine de laminage|battitures|mill scale", "100210", TRADER, -12, 24, status=BYP,
        quality="moisture_share=0.08~0.03"),
    "zinc_ash": Output("cendres et mattes de zinc", "110502", TRADER, -620, 5, status=BYP),
    "asr": Output("résidus de broyage auto (RBA léger)", "191004", LAND, 186, 18),
    "refractory": Output("briques réfractaires usées|réfractaires démolis four|réfractaires de poche",
        "161104;161106", LAND, 120, 12),
    "parts": Output("pièces d'occasion démontées (phares, alternateurs)", "160122", TRADER, -650, 0.5),
    # Minerals
    "slag_eaf": Output("scorie de four électrique|laitier noir EAF", "100202", OUT, 9, 26,
        quality="heavy_metals_mg_per_kg=380~90"),
    "slag_bf": Output("laitier vitrifié de crassier", "", TRADER, -3, 26, status=BYP),
    "slag_steel": Output("laitier d'aciérie concassé 0/31", "100202", OUT, 5, 26),
    "slag_foundry": Output("scories de cubilot", "101003", LAND, 95, 14),
    "sand": Output("sable de moulage brûlé|vieux sable de fonderie", "100908", LAND, 78, 24,
        quality="contaminants_share=0.03~0.01"),
    "dust": Output("poussières d'aciérie riches en zinc", "100207", OUT, 95, 22, distance=190),
    "dust_foundry": Output("poussières de dépoussiérage fonderie", "100909", "landfill_hazardous", 260, 8,
        distance=110),
    "kiln_dust": Output("poussières de by-pass four", "101313", LAND, 60, 20),
    "abrasive": Output("grenaille et corindon usés", "120117", LAND, 150, 2),
    "rubble": Output("gravats propres béton/brique|béton démoli|gravats triés|déblais béton armé|inertes de "
        "chantier|briques, tuiles, parpaings",
                     "170107;170101", INERT, 14, 14, 0),
    "concrete_return": Output("retours de toupies durcis|rebuts béton préfa", "101314", INERT, 11, 20),
    "asphalt": Output("fraisats d'enrobés", "170302", OUT, 4, 25),
    "soil": Output("terres de terrassement non polluées", "170504", INERT, 8, 25),
    "dredged": Output("sédiments de darse", "170506", INERT, 26, 25),
    "plaster": Output("plaques de plâtre BA13 déposées|chutes de placo|gyps. carreaux et plaques", "170802", LAND,
        145, 2.2, 620),
    "insulation": Output("laine de verre déposée|isolants minéraux de démolition|rouleaux laine minérale souillés",
        "170604", LAND, 230, 0.7, 430),
    "glass_flat": Output("casse et chutes de vitrage|verre plat déposé|chutes de double vitrage", "170202", INERT,
        48, 2.6, 320),
    "glass_car": Output("pare-brise feuilletés|vitrages auto", "160120", OUT, 45, 1.5),
    "glass_fines": Output("fines de tamisage verre", "101112", INERT, 52, 9),
    "window": Output(
        "fenêtres déposées chantier|vieilles fenêtres PVC double vitrage|menuiseries PVC en fin de vie|anciennes "
        "fenêtres bois/PVC avec vitrage|"
        "old windows from renovation sites|huisseries déposées|chassis et fenetres de rénovation|lots de fenêtres déposées (logements rénovés)|"
        "menuiseries extérieures usagées|vieilles fenêtres apportées par les artisans|fenêtres usagées entières sur rack",
        "170904;170202;170203", LAND, 180, 2.1, 760, months="3-11"),
    "stone": Output("chutes de pierre et marbre", "010413", INERT, 15, 9),
    "sludge_stone": Output("boue de sciage pierre", "010412", INERT, 30, 8),
    "sludge_cement": Output("boue de décanteur centrale béton", "101314", INERT, 32, 9),
    "ash_wood": Output("cendres sous foyer bois|cendre de chaufferie|cendres humides biomasse", "100101", LAND,
        105, 8, months="10-5"),
    # Chemicals, hazardous
    "oil": Output("huile moteur usagée|huiles de vidange|vieille huile hydraulique|huile entière usée|huiles noires|"
        "huiles vidange ateliers",
                  "130205;130208", "recycler_outside", 0, 1.8, 0, distance=60),
    "emulsion": Output("huile soluble usée|liquide de coupe aqueux", "120109", HAZ, 210, 3),
    "solvent": Output("solvant de nettoyage usé|diluants sales|mélange acétone/white spirit|solvants usés fûts|wash "
        "solvent",
                      "140603", HAZ, 540, 0.8, 0, distance=95, quality="purity_share=0.75~0.1"),
    "paint": Output("fonds de pots et boues de peinture|peintures périmées|restes peinture et vernis", "080111",
        HAZ, 690, 0.5, distance=95),
    "ink": Output("encres et bidons entamés|boues d'encre", "080312", HAZ, 720, 0.3),
    "glue": Output("colle amidon en excès", "080410", LAND, 150, 1),
    "rags": Output("chiffons gras|absorbants et chiffons huileux", "150202", HAZ, 620, 0.3),
    "acid": Output("bain de décapage HCl usé|acide épuisé décapage|bains chlorhydriques", "110105",
        "recycler_outside", 130, 20, distance=120,
                   quality="concentration_mg_per_l=90000~20000"),
    "caustic_spent": Output("lessive sodique usée (lavage colonne)", "060204", HAZ, 165, 18, distance=120,
        quality="ph=13~0.3"),
    "salts": Output("sels de trempe usés", "110302", "landfill_hazardous", 480, 1),
    "sludge_metal": Output("boues d'hydroxydes filtre-presse|boue de traitement de surface|boues de décantation "
        "métal", "110109;100215", "landfill_hazardous", 310, 9),
    "electrolyte": Output("électrolyte mis de côté", "160606", HAZ, 1200, 0.5),
    "battery_lead": Output("batteries de démarrage|batteries chariots élévateurs usées|accus plomb", "160601",
        TRADER, -380, 0.9),
    "battery_li": Output("cellules et packs Li-ion HS|packs lithium déposés|batteries lithium en fin de vie",
        "", OUT, 850, 0.6, distance=210),
    "battery_mixed": Output("piles et accus des particuliers|piles en mélange issues du démontage",
        "", OUT, 0, 0.4, distance=120),
    "lamps": Output("tubes fluo|néons et lampes|lampes usagées", "200121", OUT, 0, 0.1, distance=120),
    "coolant": Output("liquide de refroidissement moteur usé|antigel usé", "160114", HAZ, 330, 0.5),
    "filters": Output("filtres à huile", "160107", HAZ, 460, 0.3),
    "asbestos": Output("amiante lié, plaques ondulées|fibrociment amianté|déchets amiantés en big bag", "170605",
        "landfill_hazardous", 390, 3, distance=70),
    "med_waste": Output("DASRI", "180103", "incineration_hazardous", 780, 0.6, distance=90),
    "sulphur": Output("soufre liquide de désulfuration", "", TRADER, -35, 24, status=BYP,
        quality="purity_share=0.995~0.002"),
    # Equipment at end of life
    "weee": Output("ordis et écrans réformés|DEEE petits appareils|matériel informatique HS|électro cassé|serveurs "
        "et onduleurs déposés|"
                   "appareils électriques en mélange|old IT equipment", "200136;160214", OUT, 0, 0.9, distance=55),
    "weee_large": Output("gros électroménager (lave-linge, fours)|machines à laver et cuisinières déposées|GEM hors "
        "froid", "200136", OUT, 0, 2.4, distance=55),
    "furniture": Output("bureaux et chaises réformés|mobilier de chambre déposé|meubles de particuliers|encombrants "
        ": meubles|tables, armoires, caissons",
                        "200307", LAND, 165, 1.3, 380),
    "mattress": Output("matelas usagés|vieux matelas et sommiers|literie réformée", "200307", LAND, 240, 0.7, 200),
    "tyre": Output("pneus VL/PL usés|pneux usagés|pneus non réutilisables|pneumatiques d'ensilage", "160103", OUT,
        0, 3, distance=80),
    "textile_linen": Output("draps et tenues réformés|linge plat usé|vieux draps et serviettes|nappes et serviettes "
        "HS", "200111", INC, 145, 0.5, 240),
    "textile_waste": Output("textiles non portables|vêtements invendables et chiffons|fripes déclassées",
        "200110;191208", INC, 135, 3, 300),
    # Food and organic
    "food_packed": Output(
        "invendus alimentaires emballés, bonne date|invendus de rayon frais (yaourts, plats)|conserves cabossées, invendus épicerie|invendus alimentaires secs déréférencés|"
        "surplus alimentaires frais à J-3|unsold packed food|invendus alimentaires en palettes, DLUO courte", "", DIGEST, 95, 0.4, 260, status="product",
        date_kind="best_before", shelf_days=12),
    "food_expired": Output("invendus périmés en barquette|produits DLC passée|retraits périmés sous emballage|"
        "périmés épicerie", "200108", DIGEST, 112, 1.1, 420,
                           date_kind="use_by", shelf_days=0.01),
    "meat_expired": Output("viandes et poissons retirés du rayon (périmés)", "020202", "animal_rendering", 185,
        0.5, date_kind="use_by", shelf_days=0.01),
    "bread": Output("pains et viennoiseries de la veille|pain invendu|invendus boulangerie", "", DIGEST, 80, 0.3,
        status="product",
                    date_kind="best_before", shelf_days=2),
    "bread_waste": Output("rebuts de pâte et pain brûlé", "020601", DIGEST, 65, 5, status=BYP),
    "meals": Output("repas préparés non servis|repas en barquettes en trop (liaison froide)|plateaux repas non distribués|surplus "
        "de production cuisine", "", DIGEST, 120, 0.12,
                    status="product", date_kind="use_by", shelf_days=2, months="9-6"),
    "plate_waste": Output("restes d'assiettes|déchets de table et cuisine|biodéchets de plonge|retours plateaux",
        "200108", DIGEST, 128, 0.5, 480,
                          quality="dry_matter_share=0.22~0.04"),
    "peelings": Output("épluchures et parures de légumes|épluchures crues|déchets verts de préparation", "200108",
        COMPOST, 78, 0.4, 220),
    "veg_waste": Output("fruits et légumes pourris|fanes et tailles de légumes|légumes déclassés abîmés",
        "020304;020103", COMPOST, 64, 4),
    "veg_surplus": Output("légumes hors calibre|fruits et légumes moches mais bons", "", COMPOST, 62, 1.2,
        status="product", months="5-11",
                          date_kind="best_before", shelf_days=5),
    "oil_food": Output("huile de friture usagée|HAU bidons", "200125", TRADER, -240, 0.2),
    "coffee": Output("pellicules de torréfaction", "020304", LAND, 120, 0.6, status=BYP),
    "grains": Output("drêches de brassage", "", TRADER, -9, 11, status=BYP, date_kind="best_before", shelf_days=3,
        quality="dry_matter_share=0.23~0.02"),
    "yeast": Output("levure usée de brassin|fonds de cuve", "020704", SEWER, 22, 6, status=BYP),
    "whey": Output("lactosérum doux|petit-lait de fromagerie", "", TRADER, 4, 24, status=BYP,
        date_kind="best_before", shelf_days=3,
                   quality="dry_matter_share=0.06~0.01"),
    "dairy_sludge": Output("boues de flottation laiterie", "020502", DIGEST, 55, 12),
    "flour_dust": Output("farines balayures et poussières", "020601", DIGEST, 60, 1.5),
    "abp": Output("os, couennes et parures (C3)", "020202", "animal_rendering", 70, 6),
    "fats": Output("graisses de cuisson et flottats", "020204", DIGEST, 85, 4),
    "green": Output("tontes et branchages|déchets verts|feuilles et tailles de haies|végétaux broyés grossier",
        "200201", COMPOST, 42, 7, months="3-11"),
    "manure": Output("fumier et lisier|fumier pailleux et lisier", "020106", IDLE, 0, 18),
    "straw": Output("paille d'orge en bottes", "", TRADER, -85, 12, status="product", months="7-9"),
    "digestate": Output("digestat brut liquide", "190606", IDLE, 6, 25),
    "compost_sold": Output("terreau vert criblé 0/20", "", TRADER, -14, 22, status="product", months="2-5;9-11"),
    "compost_refuse": Output("refus de criblage ligneux", "190501", ENERGY, 48, 14),
    "sludge": Output("boues déshydratées de STEP", "190805", COMPOST, 74, 15, quality="dry_matter_share=0.24~0.03"),
    "grit": Output("sables de curage lavés", "190802", INERT, 45, 8),
    "refuse": Output("refus de tri légers (HPCI)", "191212", LAND, 168, 18, quality="chlorine_share=0.009~0.003"),
    # Energy
    "heat_hot": _heat("fumées de four de réchauffage|chaleur fatale fours|air chaud 350 °C cheminée|chaleur perdue "
        "four de maintien|hot exhaust gas",
                      "temperature_c=380~60"),
    "heat_low": _heat("chaleur des groupes froids|eau tiède compresseurs|condenseurs, eau à 40 °C|chaleur basse "
        "temp. process|buées de lavage|waste heat chillers",
                      "temperature_c=42~8"),
    "heat_air": _heat("air chaud des compresseurs|extraction air tiède séchoir|air chaud four de polymérisation",
        "temperature_c=55~10"),
    "heat_data": _heat("chaleur des salles serveurs (boucle d'eau)", "temperature_c=38~3"),
    "heat_sewage": _heat("calories des eaux épurées", "temperature_c=16~2"),
    "hot_return": _heat("retour réseau 60 °C", "temperature_c=60~3"),
    "boiler_heat": _heat("capacité chaudière d'été inutilisée|surplus eau chaude chaufferie", "temperature_c=85~4"),
    "steam": _heat("vapeur 10 bar excédentaire|vapeur en trop week-end", "pressure_bar=10~2"),
    "gas_process": _heat("gaz pauvre torché", "lower_heating_value_mwh_per_t=1.1~0.2"),
    "biogas": _heat("biogaz de digesteur brûlé en torchère", "purity_share=0.62~0.03"),
    "pv_power": _heat("excédent photovoltaïque de midi", "")._replace(months="4-9"),
    "generator": _kit("groupe électrogène de secours disponible"),
    # Water
    "water_warm": _water("eau de refroidissement rejetée à 28 °C|rejet circuit ouvert laminoir", 0.06,
        "discharge_water", "temperature_c=28~2"),
    "condensate": _water("condensats purgés|retours condensats propres", 1.9, quality="temperature_c=78~6"),
    "rinse": _water("eaux de rinçage chaîne TS|rinçages peu chargés", 3.1, quality="concentration_mg_per_l=420~150"),
    "wash_water": _water("eaux de lavage|eau de lavage des sols et engins|eaux de rinçage des cuves|eaux de lavage "
        "tièdes", 2.6, quality="concentration_mg_per_l=900~400"),
    "pool_water": _water("vidange et lavage de filtres bassins", 2.4),
    "treated_water": _water("eau traitée en sortie de station", 0.02, "discharge_water",
        "concentration_mg_per_l=25~6"),
    # Shared means
    "forklift": _kit("chariot élévateur 3 t dispo l'après-midi|Fenwick libre 2 j/sem|élévateur + cariste disponible|"
        "forklift idle hours"),
    "warehouse": _kit("surface couverte libre (emplacements palettes)|racks vides d'entrepôt à louer|cellule de stockage inoccupée en entrepôt|hangar 600 "
        "m² sous-utilisé", "pieces"),
    "cold_room": _kit("chambre froide + à moitié vide|place en chambre froide positive", "pieces"),
    "meeting": _hours("salle de réunion 40 pl. libre|grande salle de formation libre|auditorium et salle de réunion inutilisés|salle de "
        "conf hors saison"),
    "truck": _hours("camion à vide au retour|camion porteur 19 t libre le vendredi|retours à vide vers Metz|tournée non "
        "pleine, navette"),
    "weigh": _kit("pont-bascule 50 t|pesage camions pour tiers", "pieces"),
    "crane": _kit("nacelle et pont roulant disponibles|grue auxiliaire libre"),
    "shears": _kit("cisaille-presse sous-employée"),
    "shredder": _kit("broyeur lent, créneaux libres|broyeur mobile à louer"),
    "kitchen": _kit("cuisine équipée libre après 15 h|légumerie et fours libres l'été"),
    "training": _hours("formateur sécurité/gestes|places en session CACES|tuteur et plateau technique"),
    "cleaning": _hours("équipe de propreté disponible le matin"),
    "packing": _hours("mise sous pli et conditionnement|équipe de kitting"),
    "labour": _hours("heures de mise à disposition"),
    "collection": _kit("tournée benne mutualisable (ampliroll)", "pieces")._replace(family="service"),
    "parking_space": _kit("places de parking couvertes", "pieces"),
    "salt_shed": _kit("abri à sel vide l'été", "pieces"),
    # Outlets of workshops
    "appliance_sold": Output("lave-linge reconditionnés garantis|électroménager révisé 1 an", "", TRADER, -900,
        0.4, status="product"),
    "rags_clean": Output("chiffons coton découpés", "", TRADER, -650, 0.5, status="product"),
}  # fmt: skip
