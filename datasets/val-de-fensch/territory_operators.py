"""Operators of the demo territory, quoted links, and the cases of practice that the territory was made to hold.

``CASES`` names, for each case, the kinds of output and of need that play in it. The generator keeps all of their rows and lists
them in ``cases.csv``, a file for the tests that the engine never reads.
"""

from __future__ import annotations

from typing import NamedTuple


class Operator(NamedTuple):
    """An operation on the site of an actor, with the figures of its own quotation."""

    actor: str
    process_id: str
    name: str
    capacity: float
    unit: str
    cost: float
    fixed_cost: float
    labour_h: float
    insertion_share: float
    codes: str
    conditions: str
    is_existing: bool = True


EOW_WOOD = "eow_input_control;eow_product_criteria;eow_contract;eow_attestation;eow_quality_system"
EOW = "eow_input_control;eow_product_criteria;eow_attestation;eow_quality_system"
PERMIT = "es_codes_in_permit"
FOOD = "food_within_date;food_cold_chain;food_not_abp"

OPERATORS = (
    Operator("Broyage Bois Solidaire", "wood_packaging_shredding", "Broyage attesté d'emballages bois", 700, "t",
            40, 9000, 1.1, 0.6,
             "150103", f"{PERMIT};{EOW_WOOD}"),
    # The trap of the second shredder: no attestation, so that its shred stays a waste that a 2910-A boiler may not burn.
    Operator("Broyeurs de la Rive", "wood_packaging_shredding", "Broyage bois sans attestation", 900, "t", 33,
            4000, 0.7, 0,
             "150103;200138", PERMIT),
    Operator("Palettes Services Mosellans", "pallet_repair", "Réparation de palettes", 520, "t", 95, 6000, 6, 0.2,
            "150103", PERMIT),
    Operator("Atelier Fenêtres & Insertion", "window_dismantling", "Banc de démantèlement de fenêtres (projet)",
            450, "t", 120, 14000, 5.5,
             0.75, "170202;170203;170904;170201", PERMIT, False),
    Operator("Plastiques Durs du Val", "hard_plastics_sorting_grinding", "Tri-broyage de plastiques durs", 800,
            "t", 185, 30000, 3.2, 0.75,
             "070213;120105;150102;160119;170203;200139",
                 f"{PERMIT};pi_similar_product;pi_market;pi_no_harm;pi_file_sent"),
    Operator("Banque de Denrées des Vallées", "food_donation_sorting", "Tri et redistribution des dons", 360, "t",
            85, 5000, 11, 0.3, "", FOOD),
    Operator("Légumerie Solidaire du Val", "food_donation_sorting", "Tri de légumes hors calibre", 150, "t", 140,
            3000, 14, 0.8, "",
             "food_within_date;food_not_abp"),
    Operator("Répar'Électro Nord", "weee_repair", "Réparation d'électroménager", 420, "t", 260, 12000, 30, 0.7,
            "200136;160214", PERMIT),
    Operator("Démantèlement DEEE Lorrain", "weee_dismantling", "Démantèlement de DEEE", 2600, "t", 145, 20000, 8,
            0.5, "200136;160214;160216",
             PERMIT),
    Operator("Compostière du Haut Chemin", "composting", "Compostage de végétaux et biodéchets", 9000, "t", 38,
            12000, 0.35, 0,
             "200201;020103;020304;190805;030101",
                 f"{PERMIT};eow_input_control;eow_product_criteria;eow_quality_system"),
    Operator("Station d'Épuration du Confluent", "anaerobic_digestion", "Codigestion sur la station (projet)",
            2500, "t", 34, 21000, 0.3, 0,
             "020304;020502;020601;020704;020204;200108", f"{PERMIT};abp_approved_site", False),
    Operator("Textile & Fil Rouge", "textile_sorting", "Tri de textiles", 260, "t", 240, 4000, 18, 0.8,
            "200110;200111;191208", PERMIT),
    Operator("Ressourcerie Le Second Acte", "furniture_repair", "Remise en état de mobilier", 140, "t", 210, 3000,
            22, 0.85, "200307", PERMIT),
    Operator("Démolition Hauts-Fourneaux", "concrete_crushing", "Concassage mobile de bétons", 26000, "t", 6.5,
            15000, 0.05, 0,
             "170101;170107;101314", PERMIT),
    Operator("Récupération Métaux de l'Orne", "metal_sorting_baling", "Tri, cisaillage et presse", 14000, "t", 38,
            0, 0.6, 0,
             "120101;120103;170402;170405;170407;191202", f"{PERMIT};{EOW}"),
    Operator("Centre de Tri des Cinq Flux", "cardboard_baling", "Presse à balles carton", 6500, "t", 24, 0, 0.5,
            0.15, "150101;200101", PERMIT),
    Operator("Centre de Tri des Cinq Flux", "film_baling", "Presse à balles films", 700, "t", 62, 0, 1.4, 0.15,
            "150102", ""),
    Operator("Démantèlement DEEE Lorrain", "mattress_dismantling", "Démantèlement de matelas (projet)", 120, "t",
            190, 9000, 12, 0.8, "200307", "", False),
    Operator("Réseau de Chaleur Thionville Est", "district_heating_substation", "Sous-station de récupération "
            "(projet)", 16000, "MWh", 9, 60000,
             0.01, 0, "", "", False),
    Operator("Centre de Données Vallée Numérique", "heat_exchange_upgrade", "Pompe à chaleur sur salles serveurs "
            "(projet)", 6000, "MWh", 24, 45000,
             0.01, 0, "", "", False),
    Operator("Station d'Épuration du Confluent", "water_reuse_treatment", "Filtration et UV pour réutilisation "
            "(projet)", 400000, "m3", 0.42, 38000,
             0.001, 0, "", "water_reuse_permit", False),
    Operator("Blanchisserie du Gué", "water_reuse_treatment", "Recyclage des eaux de lavage (projet)", 26000, "m3",
            1.1, 9000, 0.002, 0, "", "", False),
    Operator("Granulats de Laitier du Gueulard", "slag_grinding", "Broyage de laitier vitrifié", 40000, "t", 24, 40000, 0.05, 0, "",
             "bp_certain_use;bp_lawful_product"),
    Operator("Granulats de Laitier du Gueulard", "steel_slag_processing", "Déferraillage et concassage de laitier", 60000, "t", 11, 25000,
             0.06, 0, "100202;100201", PERMIT),
    Operator("Laminoirs de la Vallée", "heat_exchange", "Échangeur sur fumées de four (projet)", 12000, "MWh", 4, 45000, 0.01, 0, "", "", False),
    Operator("Aciérie électrique du Gueulard", "waste_heat_boiler", "Chaudière de récupération (projet)", 18000, "MWh", 7, 110000, 0.02, 0, "",
             "", False),
)  # fmt: skip

# (from, to, km, € per unit, fixed € a year, capacity a year, impossible): pipes quoted by the network, and a link cut by the river.
LINKS = (
    ("Cokerie-Gaz Services", "Blanchisserie du Gué", 0.9, 3.0, 32000, 6500, False),
    ("Laminoirs de la Vallée", "Réseau de Chaleur Thionville Est", 6.8, 4.5, 240000, 14000, False),
    ("Laminoirs de la Vallée", "Tôlerie Fine du Val", 0.4, 2.0, 9000, 1500, False),
    ("Centre de Données Vallée Numérique", "Réseau de Chaleur Thionville Est", 7.2, 5.5, 260000, 8000, False),
    ("Fonderie Sainte-Barbe", "Centre Aquatique de la Mine Bleue", 1.6, 3.5, 52000, 4200, False),
    ("Station d'Épuration du Confluent", "Aciérie électrique du Gueulard", 1.8, 0.08, 40000, 300000, False),
    ("Entrepôts Frigorifiques de la Moselle", "Serres du Crève-Cœur", 5.9, 6.0, 0, 0, True),
)

# case: (kinds of output, kinds of need)
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pallets_boiler": (("pallet", "reel", "crates"), ("boiler_packaging",)),
    "windows": (("window",), ("cullet_beads", "pvc_recycled")),
    "hard_plastics": (("plastic_hard", "plastic_household", "plastic_bumper"), ("granules_pp", "granules_pe")),
    "food_surplus": (("food_packed", "meals", "bread", "veg_surplus"), ("food_aid", "canteen_food", "veg_second")),
    "biowaste": (("plate_waste", "peelings", "veg_waste", "dairy_sludge"), ("biogas_feed", "biogas_fuel", "compost")),
    "weee": (("weee", "weee_large"), ("weee", "appliance", "appliance_shop")),
    "waste_heat": (("heat_hot", "heat_data"), ("heat_district", "heat_network", "heat_greenhouse", "heat_pool")),
    "steam": (("steam",), ("steam",)),
    "water_reuse": (("water_warm", "treated_water", "condensate", "rinse"), ("ind_water", "irrigation",
            "sweep_water")),
    "shared_means": (("forklift", "warehouse", "meeting", "cold_room", "truck"), ("forklift", "warehouse",
            "meeting", "cold_room", "truck")),
    "joint_collection": (("dib",), ()),
    "hazardous_outside_only": (("oil", "solvent", "battery_lead", "battery_li"), ()),
    "trap_treated_wood_to_boiler": (("wood_treated",), ("boiler_chips",)),
    "trap_kitchen_waste_to_pigs": (("plate_waste",), ("feed_pig",)),
    "trap_cross_border": ((), ("panel_wood",)),
    "slag_and_scale": (("slag_bf", "slag_eaf", "slag_steel", "scale"), ("cement_iron", "slag_road", "slag_cement")),
    "by_products": (("sawdust", "slabs", "grains", "whey", "straw"), ("bedding", "feed_dairy", "boiler_chips", "structurant")),
    "trap_food_past_use_by": (("food_expired", "meat_expired"), ("food_aid",)),
}  # fmt: skip
