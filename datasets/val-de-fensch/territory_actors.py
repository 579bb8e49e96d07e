"""The invented actors of the demo territory: who they are, where they stand, what they hold and what they look for.

``outputs`` and ``needs`` are profiles: kind of ``territory_outputs`` or ``territory_needs`` and its usual size a year in the unit of the kind. The
generator draws the wording and the figures around these sizes. A name of ``None`` is a further site of the actor above.
"""

from __future__ import annotations

from typing import NamedTuple


class Profile(NamedTuple):
    """One site: its actor (``None`` continues the actor above), place, permits and flows."""

    name: str | None
    naf: str
    headcount: str
    place: str
    outputs: str
    needs: str = ""
    permits: str = ""
    kind: str = "company"
    structure: str = ""


# Business parks: invented, around the centre of a real commune. Neighbours in a park are within some 300 m.
PARKS = {
    "laminoir": ("Florange", 0.006, 0.010, "Parc du Laminoir (fictif)"),
    "gueulard": ("Uckange", -0.005, 0.006, "Parc du Gueulard (fictif)"),
    "deuxponts": ("Thionville", 0.012, 0.014, "Zone des Deux Ponts (fictive)"),
    "fensch": ("Hayange", 0.004, -0.009, "Zone du Fond de Fensch (fictive)"),
    "boucle": ("Yutz", -0.007, 0.009, "Parc de la Boucle (fictif)"),
    "plaine": ("Fameck", 0.005, 0.008, "Zone de la Plaine (fictive)"),
    "orne": ("Amnéville", -0.006, -0.007, "Port de l'Orne (fictif)"),
    "rive": ("Richemont", 0.005, 0.004, "Parc de la Rive (fictif)"),
}

_P = Profile
PUBLIC, SOCIAL, ASSOCIATION = "public", "social_enterprise", "association"

PROFILES = (
    # Steel, foundry, metalworking
    _P("Laminoirs de la Vallée", "24.10Z", "500-999", "laminoir",
       "heat_hot:14000 water_warm:420000 scale:3800 swarf:140 pallet:38 dib:95 oil:42 sludge_metal:160 film:4 "
       "lamps:0.6",
       "ind_water:310000 steam:9000 acid:900 lime:400 pallet_bought:198 hydraulic:60 refractory:180 training:300",
       "2560;2910-A;2921;3230"),
    _P("Aciérie électrique du Gueulard", "24.10Z", "250-499", "gueulard",
       "heat_hot:22000 slag_eaf:46000 dust:6200 scale:2100 refractory:620 dib:80 pallet:22 oil:25 condensate:18000",
       "scrap:118000 lime:5200 carbon:2600 refractory:900 ind_water:260000 cooling:12000", "2713;2718;3220;2921"),
    _P("Fonderie Sainte-Barbe", "24.51Z", "100-249", "fensch",
       "heat_hot:5200 sand:4100 slag_foundry:380 dust_foundry:60 pallet:26 scrap:220 dib:42 film:1.5",
       "scrap:7200 sand_new:3900 carbon:240 pallet_bought:53 refractory:70", "2551;2713"),
    _P("Galva Nord-Fensch", "25.61Z", "50-99", "fensch",
       "acid:640 sludge_metal:210 zinc_ash:95 heat_low:2600 scrap:60 pallet:9 dib:18 rinse:11000",
       "acid:520 ind_water:14000 caustic:75 zinc:700", "2567;3230"),
    _P("Tréfilerie du Crassier", "24.34Z", "100-249", "rive",
       "scrap:310 swarf:25 acid:180 sludge_metal:65 reel:28 pallet:19 film:3 dib:36 heat_low:1900",
       "ind_water:22000 lubricant:35 reel:40 pallet_bought:70 forklift:250", "2565;2560"),
    _P("Mécanique Générale Algrangeoise", "25.62B", "20-49", "Algrange",
       "swarf:85 emulsion:22 scrap_alu:9 pallet:6 dib:14 rags:1.8", "lubricant:6 rags:1.5 meeting:60 crane:80"),
    _P("Usinage Précis des Trois Mines", "25.62B", "20-49", "laminoir",
       "swarf:120 emulsion:31 scrap_alu:26 pallet:11 dib:17 cardboard:6 rags:2.4 forklift:380",
       "lubricant:9 rags:2 compressed_air:120 training:80"),
    _P("Tôlerie Fine du Val", "25.11Z", "50-99", "laminoir",
       "scrap:420 scrap_alu:48 pallet:23 film:3 dib:26 cardboard:9 heat_air:420 paint:6",
       "pallet_bought:40 warehouse:900 forklift:300 heat_space:520"),
    _P("Chaudronnerie Hadès", "25.29Z", "20-49", "plaine",
       "scrap:260 pallet:8 dib:21 solvent:3 paint:4 abrasive:34 crane:420",
       "scrap_beams:90 abrasive:40 truck:140 gas_cylinders:2.5"),
    _P("Serrurerie Boulageois", "25.12Z", "10-19", "Boulange",
       "scrap:65 scrap_alu:14 window:26 dib:11 paint:1.5", "abrasive:6 truck:70 scrap_beams:15"),
    _P("Traitements Thermiques Mosellans", "25.61Z", "20-49", "orne",
       "heat_hot:3100 oil:11 rinse:3800 pallet:5 dib:9 salts:6", "ind_water:5200 gas_cylinders:1.1 cooling:900",
       "2561;2565"),
    _P("Ressorts & Attaches Nilvange", "25.93Z", "50-99", "Nilvange",
       "scrap:190 swarf:16 pallet:13 cardboard:12 film:1.2 dib:19 heat_air:300", "boxes:38 lubricant:8 "
       "pallet_bought:33"),
    _P("Récupération Métaux de l'Orne", "38.32Z", "20-49", "orne",
       "scrap:9500 scrap_alu:620 copper:140 asr:480 tyre:22 battery_lead:35 dib:70 weigh:600 shears:500",
       "cable:180 weee:300 weee_fractions:400 forklift:200", "2712;2713;2718"),
    _P("Rails et Profilés du Bassin", "24.33Z", "250-499", "Hayange",
       "scrap:2900 scale:900 heat_hot:6800 water_warm:160000 pallet:16 dib:54 oil:18 wood_treated:45 truck:500",
       "ind_water:120000 lubricant:40 sleepers:60 training:200", "2560;2921"),
    # Automotive and plastics
    _P("Équipements Auto Lorrains", "29.32Z", "250-499", "boucle",
       "plastic_hard:210 plastic_bumper:85 pallet:48 cardboard:88 film:17 dib:120 foam:34 solvent:12 heat_low:2100 "
       "warehouse:2200",
       "granules_pp:1900 boxes:210 pallet_bought:172 film_bought:22 cooling:1800 forklift:600", "2661;2662;2940"),
    _P("Faisceaux & Connectique de Yutz", "27.32Z", "100-249", "boucle",
       "cable:64 cardboard:41 pallet:21 film:6 dib:38 plastic_hard:30 weee:4",
       "boxes:90 reel:15 granules_pp:320 meeting:120"),
    _P("Injection Plastique Saint-Nicolas", "22.29A", "50-99", "boucle",
       "plastic_hard:145 plastic_sprue:62 pallet:15 cardboard:16 film:4 dib:24 oil:4 heat_low:900",
       "granules_pp:1250 granules_pe:430 boxes:70 cooling:1400 bigbag:9", "2661;2662"),
    _P("Bacs & Caisses du Rail", "22.22Z", "20-49", "deuxponts",
       "plastic_sprue:58 plastic_hard:24 pallet:9 film:2 dib:12", "granules_pp:900 granules_pe:260 pallet_bought:20",
       "2661;2662"),
    _P("Tubes PE de Lorraine Nord", "22.21Z", "50-99", "Illange",
       "plastic_pe:74 pallet:12 film:3 dib:16 reel:9", "granules_pe:1600 film_bales:480 cooling:700 reel:12",
       "2661;2662"),
    _P("Profilés PVC de Metzervisse", "22.23Z", "50-99", "Metzervisse",
       "pvc_offcuts:96 pallet:17 film:6 cardboard:7 dib:22 metal_mix:11",
       "granules_pvc:2100 pvc_recycled:420 pallet_bought:24 cooling:600", "2661;2662"),
    _P("Batteries & Mobilité Électrique", "27.20Z", "50-99", "rive",
       "battery_li:26 electrolyte:4 cardboard:14 pallet:9 film:2 dib:13 solvent:5 copper:18",
       "boxes:35 nitrogen:400 ind_water:3000", "2925;2718"),
    _P("Peintures Industrielles Fenschoises", "20.30Z", "20-49", "plaine",
       "solvent:58 paint:31 drum:14 ibc:6 pallet:8 dib:10 rinse:2600", "solvent:240 ibc:7 drum:12 pallet_bought:15",
       "2940;4331;2640"),
    _P("Chimie Fine de Richemont", "20.59Z", "50-99", "rive",
       "caustic_spent:420 solvent:110 ibc:18 drum:9 steam:5200 condensate:6500 pallet:7 dib:15",
       "caustic:380 acid:260 solvent:300 deion:9000 ibc:15", "2660;4331;2910-A"),
    _P("Caoutchoucs Techniques du Haut Pays", "22.19Z", "20-49", "Audun-le-Tiche",
       "rubber:66 pallet:6 cardboard:5 dib:19 heat_low:500", "rubber_powder:60 boxes:20 steam:1100"),
    # Logistics and transport
    _P("Plate-forme Logistique Porte Nord", "52.10B", "100-249", "deuxponts",
       "pallet:118 film:62 cardboard:190 dib:64 warehouse:5200 forklift:900 battery_lead:8 truck:900",
       "pallet_reuse:308 boxes:60 heat_space:800 film_bought:40"),
    _P("Transports Mirabelle", "49.41A", "50-99", "deuxponts",
       "pallet:31 tyre:18 oil:9 battery_lead:4 dib:14 truck:1400 wash_water:2200", "lubricant:12 tyres_bought:2.7 "
       "truck_load:800"),
    _P("Messagerie des Trois Frontières", "53.20Z", "50-99", "deuxponts",
       "pallet:44 cardboard:36 film:14 dib:21 meeting:200 truck:700", "pallet_reuse:66 boxes:25 parking:40"),
    _P("Entrepôts Frigorifiques de la Moselle", "52.10A", "20-49", "boucle",
       "cold_room:2600 heat_low:3100 pallet:52 film:11 cardboard:27 food_packed:24 dib:13 forklift:300",
       "pallet_reuse:110 electricity:1800", "1511;4735"),
    _P("Port Fluvial Nord Moselle", "52.22Z", "20-49", "orne",
       "weigh:900 pallet:9 dib:18 wood_mixed:35 dredged:2400 warehouse:3000", "aggregate:3500 crane:300"),
    _P("Déménagements Fensch Horizon", "49.42Z", "10-19", "laminoir",
       "cardboard:12 film:1.8 furniture:16 pallet:5 dib:13 warehouse:450 truck:520", "boxes:14 warehouse:300 "
       "furniture_used:4"),
    _P("Messagerie Express du Laminoir", "52.29A", "20-49", "laminoir",
       "pallet:33 cardboard:22 film:7 dib:16 forklift:420", "pallet_reuse:55 forklift:150"),
    # Building trades, joinery, sawmill
    _P("Menuiserie Baies & Jours", "43.32A", "20-49", "plaine",
       "window:78 pvc_offcuts:9 wood_joinery:22 pallet:7 cardboard:5 film:1.5 dib:14", "wood_boards:260 truck:90 "
       "glazing:3"),
    _P("Fenêtres du Val Clair", "43.32A", "10-19", "fensch",
       "window:54 glass_flat:8 pallet:4 dib:9 cardboard:3", "glazing:2 warehouse:160 truck:60"),
    _P("Poseurs Réunis de Moselle Nord", "43.32A", "20-49", "Hettange-Grande",
       "window:66 wood_joinery:13 dib:17 plaster:12", "truck:120 wood_boards:110"),
    _P("Miroiterie Lacroix-Bleue", "43.34Z", "10-19", "Terville", "glass_flat:46 window:31 dib:6 film:0.8",
       "glazing:1.5 crane:60"),
    _P("Habitat Social des Cités", "68.20A", "100-249", "Thionville",
       "window:61 mattress:14 furniture:38 weee_large:12 rubble:260 dib:48 boiler_heat:600",
       "heat_district:6200 furniture_used:12 appliance:9 cleaning:900 second_windows:5", "", PUBLIC),
    _P("Rénovation Thermique 57", "43.29A", "20-49", "Guénange",
       "window:47 insulation:18 plaster:36 dib:39 wood_joinery:9 asbestos:6", "insulation:120 warehouse:200 "
       "training:150"),
    _P("Maçonnerie Fer & Chaux", "43.99C", "20-49", "Knutange",
       "rubble:1900 dib:31 pallet:10 film:1 plaster:14", "aggregate:4200 sand_new:1800 crane:120"),
    _P("Démolition Hauts-Fourneaux", "43.11Z", "20-49", "gueulard",
       "rubble:14500 scrap:1250 wood_mixed:160 plaster:90 window:38 asbestos:85 dib:210 insulation:24 mattress:3",
       "crane:400 weigh:300 training:120", "2515;2517"),
    _P("Travaux Publics du Pays Haut", "42.11Z", "100-249", "Aumetz",
       "rubble:6200 asphalt:4800 soil:11000 dib:22 oil:7 tyre:6",
       "aggregate:26000 slag_road:18000 sand_new:4000 wash_water:5000", "2515;2517;2521"),
    _P("Plâtrerie Isolation Nord", "43.31Z", "10-19", "laminoir", "plaster:58 insulation:11 dib:13 cardboard:3 "
       "film:0.9 pallet:7",
       "insulation:60 warehouse:140"),
    _P("Couverture Zinguerie du Crassier", "43.91B", "10-19", "fensch", "metal_mix:19 wood_joinery:11 dib:12 "
       "asbestos:7 pallet:4",
       "crane:150 wood_boards:80"),
    _P("Électricité Lumens", "43.21A", "20-49", "laminoir", "cable:13 lamps:1.1 cardboard:8 weee:5 dib:9 reel:6",
       "warehouse:120 meeting:40 training:100"),
    _P("Béton Prêt de la Fensch", "23.63Z", "10-19", "plaine", "concrete_return:2100 wash_water:6500 dib:4 "
       "sludge_cement:340",
       "aggregate:38000 slag_cement:5200 ind_water:12000 fly_ash:1600", "2518"),
    _P("Préfabriqués de l'Orne", "23.61Z", "50-99", "orne", "concrete_return:1600 pallet:14 wash_water:3800 dib:16 "
       "scrap:22",
       "aggregate:21000 slag_cement:2600 steam:1400 pallet_bought:92", "2522"),
    _P("Scierie des Côtes de Moselle", "16.10A", "10-19", "Moyeuvre-Grande",
       "sawdust:1450 slabs:2300 bark:620 dib:5 oil:1.2 heat_low:400", "lubricant:2 pallet_wood:400 truck_load:300",
       "2410"),
    _P("Charpentes du Pays des Trois Frontières", "16.23Z", "20-49", "Kœnigsmacker",
       "wood_joinery:64 sawdust:110 pallet:5 film:1 dib:8", "wood_boards:900 crane:90 truck:60"),
    _P("Ébénisterie Noyer & Fils", "31.09B", "10-19", "Rodemack", "wood_joinery:28 sawdust:32 solvent:1.4 dib:5 "
       "cardboard:3",
       "wood_boards:90 warehouse:60"),
    _P("Palettes Services Mosellans", "16.24Z", "20-49", "rive", "pallet:160 sawdust:140 scrap:18 dib:9 nails:11",
       "pallet_wood:900 truck_load:500", "2410;2714;1532"),
    _P("Agencement Bureaux Metz-Nord", "31.01Z", "20-49", "Maizières-lès-Metz",
       "wood_panel:85 pallet:12 cardboard:21 film:4 dib:26 foam:5", "wood_boards:480 boxes:40 warehouse:350", "2410"),
    # Glass, minerals, energy
    _P("Microbilles de Verre Lorraine", "23.19Z", "50-99", "Florange", "heat_hot:3600 glass_fines:160 pallet:15 "
       "dib:13 bigbag:8",
       "cullet_beads:5200 bigbag:22 pallet_bought:57", "2530;2515;2715"),
    _P("Cimenterie du Bassin Minier", "23.51Z", "100-249", "Mont-Bonvillers",
       "heat_hot:9500 refractory:260 dib:24 pallet:11 kiln_dust:900",
       "cement_iron:9000 slag_cement:42000 cement_gypsum:8500 fuel_alt:12000 ash_cement:9000", "2520;3310;2771"),
    _P("Granulats de Laitier du Gueulard", "23.99Z", "20-49", "gueulard", "slag_bf:36000 slag_steel:8200 dib:6 "
       "weigh:500",
       "ind_water:9000", "2515;2517"),
    _P("Chaufferie Bois de Fameck", "35.30Z", "0-9", "Fameck", "ash_wood:72 boiler_heat:900 dib:2",
       "boiler_packaging:420 boiler_chips:2600",
       "2910-A", PUBLIC),
    _P("Réseau de Chaleur Thionville Est", "35.30Z", "10-19", "Thionville", "ash_wood:130 hot_return:2100 dib:3",
       "heat_network:24000 boiler_chips:3800 boiler_packaging:260", "2910-A"),
    _P("Serres du Crève-Cœur", "01.13Z", "20-49", "Basse-Ham", "veg_waste:160 film_agri:6 pallet:4 substrate:90 "
       "cardboard:3",
       "heat_greenhouse:7200 co2:600 compost:320 irrigation:38000 boxes:45"),
    _P("Centre de Données Vallée Numérique", "63.11Z", "20-49", "laminoir",
       "heat_data:8800 battery_li:3 weee:14 cardboard:5 generator:300 dib:4", "cooling:9000 cleaning:400"),
    _P("Centrale Solaire du Crassier", "35.11Z", "0-9", "Serémange-Erzange", "pv_power:5200", "grazing:12 "
       "cleaning:120"),
    _P("Cokerie-Gaz Services", "35.21Z", "20-49", "gueulard", "gas_process:16000 steam:8600 sulphur:420 oil:8 "
       "condensate:9000",
       "deion:12000 caustic:120 ind_water:40000", "3130;2910-A"),
    # Food chain
    _P("Laiterie des Trois Frontières", "10.51C", "50-99", "Sierck-les-Bains",
       "whey:5200 dairy_sludge:310 heat_low:2600 food_packed:35 cardboard:28 film:7 pallet:24 wash_water:26000 "
       "hdpe:9",
       "steam:5800 caustic:95 cold_room:700 boxes:180 ind_water:30000", "2230;2921"),
    _P("Brasserie de la Mine Claire", "11.05Z", "20-49", "Hayange",
       "grains:1150 yeast:82 wash_water:9500 glass_pack:26 heat_low:850 cardboard:11 pallet:9 film:2 dib:7",
       "steam:1700 caustic:22 bottles:140 cold_room:400 boxes:42", "2253"),
    _P("Boulangerie Industrielle du Grès", "10.71A", "100-249", "boucle",
       "bread:210 bread_waste:160 flour_dust:24 cardboard:31 pallet:26 film:9 dib:22 heat_hot:1500",
       "boxes:160 pallet_bought:70 steam:900 cleaning:1100"),
    _P("Salaisons du Pays Haut", "10.13A", "50-99", "Audun-le-Roman",
       "abp:180 fats:45 food_packed:14 wash_water:12000 cardboard:13 film:5 heat_low:1200 dib:10",
       "steam:2100 boxes:75 cold_room:300", "2221"),
    _P("Légumerie Solidaire du Val", "10.39A", "10-19", "plaine", "veg_waste:74 wash_water:1400 cardboard:4 "
       "kitchen:600",
       "veg_second:130 cold_room:120 boxes:12 fork_volunteer:200", "", SOCIAL, "ACI"),
    _P("Supermarché Grand Val", "47.11D", "50-99", "Fameck",
       "food_packed:46 bread:9 food_expired:31 cardboard:94 film:8 pallet:16 eps:1.5 dib:18 meat_expired:9",
       "cleaning:700 heat_space:600"),
    _P("Hypermarché Rives de Moselle", "47.11F", "250-499", "Terville",
       "food_packed:105 bread:17 food_expired:72 cardboard:240 film:21 pallet:34 eps:4 dib:46 weee:6 oil_food:3 "
       "heat_low:1500",
       "cleaning:1500 electricity:2600 parking:60"),
    _P("Supermarché des Cités", "47.11D", "20-49", "Algrange", "food_packed:27 bread:6 food_expired:19 cardboard:61 "
       "film:5 dib:11",
       "cleaning:400"),
    _P("Épicerie en Gros Nord-Est", "46.39B", "50-99", "deuxponts",
       "food_packed:64 food_expired:28 cardboard:72 film:18 pallet:47 dib:19 cold_room:900",
       "pallet_reuse:92 boxes:15 truck_load:400"),
    _P("Primeurs du Carreau", "46.31Z", "20-49", "deuxponts", "veg_surplus:140 veg_waste:190 crates:26 cardboard:30 "
       "pallet:18 dib:7",
       "cold_room:260 crates:30"),
    _P("Restauration Scolaire du Val", "56.29A", "50-99", "Hayange", "meals:26 plate_waste:98 peelings:32 "
       "oil_food:2 cardboard:6 kitchen:900",
       "canteen_food:60 cleaning:300 veg_bought:180", "", PUBLIC),
    _P("Cuisine Centrale de Yutz", "56.29A", "20-49", "Yutz", "meals:38 plate_waste:61 peelings:47 oil_food:2.5 "
       "cardboard:9 kitchen:700",
       "canteen_food:90 cold_room:150 veg_bought:240", "", PUBLIC),
    _P("Restaurant Inter-entreprises du Laminoir", "56.29B", "20-49", "laminoir",
       "meals:9 plate_waste:44 oil_food:1.6 cardboard:4 glass_pack:5 dib:11 meeting:260", "veg_bought:60 "
       "cleaning:200"),
    _P("Cantine de l'Usine Haute", "56.29B", "10-19", "gueulard", "meals:6 plate_waste:31 peelings:9 oil_food:1 "
       "dib:7",
       "veg_bought:40 kitchen:200"),
    _P("Torréfaction du Haut-Fourneau", "10.83Z", "10-19", "Nilvange", "coffee:11 jute:3 cardboard:5 film:0.8 dib:3 "
       "heat_air:160", "boxes:18 bags:4"),
    # Health, hospitality, services
    _P("Centre Hospitalier des Vallées", "86.10Z", "1000+", "Thionville",
       "plate_waste:190 textile_linen:26 cardboard:110 film:9 mattress:11 furniture:22 weee:12 dib:320 "
       "heat_low:3200 med_waste:95 solvent:4",
       "heat_district:14000 steam:6500 linen:40 furniture_used:15 cleaning:2500 appliance:3", "2910-A", PUBLIC),
    _P("Résidence Les Mirabelliers", "87.10A", "50-99", "Guénange", "plate_waste:28 textile_linen:4 mattress:3 "
       "dib:24 cardboard:6",
       "furniture_used:4 heat_space:900 linen:6", "", ASSOCIATION),
    _P("Blanchisserie du Gué", "96.01A", "50-99", "gueulard", "textile_linen:31 wash_water:42000 heat_low:2300 "
       "hdpe:5 film:5 dib:8",
       "steam:4800 biogas_fuel:2600 ind_water:48000 caustic:26", "2340;2910-A"),
    _P("Hôtel du Grand Fleuve", "55.10Z", "20-49", "Thionville", "plate_waste:17 textile_linen:3 mattress:2 "
       "glass_pack:9 dib:19 oil_food:0.8",
       "furniture_used:3 linen:5 appliance:0.6"),
    _P("Centre Aquatique de la Mine Bleue", "93.11Z", "20-49", "Hayange", "pool_water:14000 dib:6 plastic_hard:0.8 "
       "lamps:0.1",
       "heat_pool:4200 ind_water:9000 cleaning:500", "", PUBLIC),
    _P("Garage Bielle & Cie", "45.20A", "10-19", "laminoir", "oil:6.5 battery_lead:3 tyre:11 plastic_bumper:4 "
       "scrap:18 dib:7 coolant:1.1 filters:0.8",
       "parts:5 rags:0.8 lubricant:7"),
    _P("Carrosserie des Deux Ponts", "45.20A", "10-19", "deuxponts", "plastic_bumper:13 solvent:2.6 paint:2.2 "
       "scrap:24 dib:8 glass_car:5",
       "parts:9 solvent:4 rags:0.6"),
    _P("Centre VHU du Pays Haut", "38.31Z", "10-19", "Villerupt",
       "scrap:1450 tyre:64 plastic_bumper:70 oil:14 battery_lead:22 glass_car:28 battery_li:2 coolant:6 parts:40",
       "forklift:120 weigh:200", "2712"),
    _P("Pneus Grand Est Services", "45.32Z", "10-19", "Mondelange", "tyre:210 dib:6 cardboard:3 metal_mix:4",
       "tyres_bought:1.3 truck:50"),
    _P("Imprimerie du Beffroi", "18.12Z", "20-49", "fensch", "paper_offcuts:145 solvent:4 ink:2.5 scrap_alu:6 "
       "cardboard:16 pallet:13 film:3 dib:11 heat_air:210",
       "paper:900 solvent:6 pallet_bought:13 boxes:20", "2450"),
    _P("Sérigraphie Arc-en-Fer", "18.12Z", "0-9", "laminoir", "ink:0.8 solvent:1.2 plastic_mixed:7 cardboard:4 "
       "dib:6", "rags:0.4 solvent:1"),
    _P("Cartonnages de Talange", "17.21A", "50-99", "Talange", "cardboard:620 pallet:22 film:5 dib:18 glue:9 "
       "heat_low:600", "cardboard_in:4800 pallet_bought:79 steam:2600", "2445"),
    _P("Tours de Bureau Metz-Thionville", "68.20B", "10-19", "Terville", "paper_office:42 furniture:27 weee:6 "
       "dib:33 meeting:900 parking_space:80",
       "cleaning:2200 heat_space:1900"),
    _P("Cabinet Études Moselle Ingénierie", "71.12B", "20-49", "laminoir", "paper_office:5 weee:0.8 meeting:180 "
       "dib:4", "meeting:90 cleaning:150"),
    _P("Nettoyage Clair Matin", "81.22Z", "100-249", "laminoir", "hdpe:1.8 textile_linen:1.2 dib:6 cleaning:900",
       "rags:3 caustic:2 truck:60"),
    # Recycling, waste, social enterprises, public services
    _P("Broyage Bois Solidaire", "38.32Z", "20-49", "gueulard", "dib:5 nails:14 shredder:700", "forklift:180 "
       "truck_load:400", "2714;2791", SOCIAL, "EI"),
    _P("Broyeurs de la Rive", "38.32Z", "10-19", "rive", "nails:9 shredder:400 dib:4", "lubricant:2", "2714;2791"),
    _P("Atelier Fenêtres & Insertion", "38.31Z", "20-49", "Florange", "metal_mix:12 dib:7 training:400",
       "forklift:220 warehouse:600 truck:300",
       "2716;2791", SOCIAL, "EI"),
    _P("Plastiques Durs du Val", "38.32Z", "10-19", "plaine", "plastic_mixed:85 metal_mix:16 dib:8", "bigbag:11 "
       "forklift:150", "2714;2791;2661", SOCIAL, "EI"),
    _P("Répar'Électro Nord", "95.22Z", "20-49", "Uckange", "appliance_sold:31 metal_mix:9 cardboard:4 film:0.7",
       "parts_weee:6 truck:200",
       "2711;2716", SOCIAL, "EI"),
    _P("Démantèlement DEEE Lorrain", "38.31Z", "50-99", "orne", "metal_mix:420 plastic_mixed:190 copper:34 cable:28 "
       "battery_mixed:9 dib:30",
       "forklift:300 training:200", "2711;2718;2790"),
    _P("Ressourcerie Le Second Acte", "47.79Z", "20-49", "Hayange", "textile_waste:36 furniture:22 wood_mixed:31 "
       "dib:29 weee:7",
       "furniture_used:95 textile_used:60 appliance_shop:14 truck:260 warehouse:400", "2710", SOCIAL, "ACI"),
    _P("Textile & Fil Rouge", "38.32Z", "20-49", "fensch", "textile_waste:60 rags_clean:24 dib:8", "warehouse:300",
       "2714", SOCIAL, "ACI"),
    _P("Épicerie Sociale La Main Tendue", "88.99B", "0-9", "Florange", "food_expired:4 cardboard:6", "food_aid:70 "
       "cold_room:160 truck:120 fork_volunteer:150", "", ASSOCIATION),
    _P("Banque de Denrées des Vallées", "88.99B", "10-19", "Thionville", "food_expired:9 cardboard:14 film:2 "
       "warehouse:300", "food_aid:240 cold_room:500 truck:280", "", ASSOCIATION),
    _P("Atelier Adapté du Fil d'Eau", "82.92Z", "100-249", "Yutz", "cardboard:19 film:3 pallet:8 dib:9 "
       "packing:2600", "boxes:60 linen:2", "", SOCIAL, "EA"),
    _P("ESAT Les Jardins de Guénange", "88.10C", "50-99", "Guénange", "green:120 wood_mixed:9 packing:1800",
       "compost:140 mulch:90 pots:2", "", SOCIAL, "ESAT"),
    _P("Intérim Insertion Nord", "78.20Z", "10-19", "Fameck", "training:600 paper_office:2 labour:9000",
       "meeting:80 training:200", "", SOCIAL, "ETTI"),
    _P("Déchèterie des Hauts-Fourneaux", "38.11Z", "0-9", "Florange",
       "plastic_household:64 weee:95 weee_large:120 wood_mixed:640 green:1150 rubble:1350 furniture:210 mattress:24 "
       "plaster:70 window:44 "
       "battery_mixed:2.5 textile_waste:14 oil:5 paint:16 dib:520", "", "2710", PUBLIC),
    _P(None, "", "", "Hayange", "plastic_household:38 weee:61 wood_mixed:390 green:720 rubble:860 furniture:130 "
       "window:22 dib:340", "", "2710"),
    _P("Déchèterie Porte de France", "38.11Z", "0-9", "Thionville",
       "plastic_household:82 weee:130 weee_large:165 wood_mixed:780 green:1600 rubble:1700 mattress:31 plaster:95 "
       "window:36 lamps:0.9 dib:640",
       "", "2710", PUBLIC),
    _P(None, "", "", "Cattenom", "plastic_household:27 weee:44 wood_mixed:260 green:610 rubble:540 dib:210", "",
       "2710"),
    _P("Station d'Épuration du Confluent", "37.00Z", "10-19", "Uckange", "treated_water:2600000 sludge:3900 "
       "biogas:2100 grit:85 heat_sewage:9000",
       "polymer:22 lime:380 compost_structurant:600", "2910-B", PUBLIC),
    _P("Service des Espaces Verts Fameck-Florange", "81.30Z", "20-49", "Fameck", "green:840 wood_log:210 "
       "meeting:60", "mulch:260 compost:320 irrigation:9000 truck:80", "", PUBLIC),
    _P("Atelier Municipal de Thionville", "84.11Z", "50-99", "Thionville", "scrap:22 furniture:14 wood_treated:8 "
       "lamps:0.4 crane:180 salt_shed:400",
       "wash_water:4500 aggregate:1400 sweep_water:7000", "", PUBLIC),
    _P("Compostière du Haut Chemin", "38.21Z", "10-19", "Vigy", "compost_sold:2600 compost_refuse:210",
       "structurant:900", "2780", "company"),
    _P("GAEC Méthanisation de la Canner (fictif)", "01.50Z", "0-9", "Kédange-sur-Canner", "digestate:14500 "
       "heat_low:2400 film_agri:4",
       "biogas_feed:9000 straw_in:300", "2781"),
    _P("GAEC de la Haute Côte (fictif)", "01.41Z", "0-9", "Volmerange-les-Mines", "manure:2600 straw:180 "
       "film_agri:5 tyre:6", "feed_dairy:900 compost:150 bedding:260"),
    _P("GAEC des Prés Salins (fictif)", "01.46Z", "0-9", "Boust", "manure:1900 film_agri:3", "feed_pig:650 "
       "straw_in:120 bedding:90"),
    _P("Collecte Services Lorraine Nord", "38.11Z", "50-99", "rive", "truck:2600 dib:45 collection:3200 tyre:9 "
       "oil:5", "lubricant:14 weigh:400",
       "2714;2716"),
    _P("Centre de Tri des Cinq Flux", "38.32Z", "50-99", "orne", "cardboard:5200 film:640 plastic_mixed:310 "
       "refuse:1900 weigh:700",
       "plastic_in:400", "2714;2716;2791"),
    _P("Lycée des Métiers du Fer", "85.32Z", "50-99", "Hayange", "scrap:7 swarf:1.2 wood_joinery:3 plate_waste:19 "
       "weee:1.6 kitchen:400 training:500 dib:15",
       "scrap_beams:8 wood_boards:12 veg_bought:25 heat_space:1300", "", PUBLIC),
    _P("Marbrerie du Grès Noir", "23.70Z", "10-19", "Moyeuvre-Grande", "stone:240 sludge_stone:130 pallet:5 dib:4 "
       "wash_water:1900", "ind_water:2600 crane:60"),
    _P("Cycles Solidaires de Manom", "95.29Z", "10-19", "Manom", "tyre:1.4 metal_mix:5 cardboard:2", "bikes:12 "
       "warehouse:120 meeting:30", "", SOCIAL, "ACI"),
    _P("Traiteur Saveurs du Carreau", "56.21Z", "10-19", "fensch", "meals:4 plate_waste:12 peelings:9 oil_food:0.9 "
       "cardboard:3 dib:5",
       "cold_room:90 boxes:6 veg_bought:30"),
    # Across the border
    _P("Panneaux Bois du Sud (LU)", "16.21Z", "100-249", "Sanem", "sawdust:900 ash_wood:400 dib:60 heat_low:6000",
       "panel_wood:9000 resin:1200"),
    _P("Aciers Longs d'Esch (LU)", "24.10Z", "250-499", "Esch-sur-Alzette", "slag_eaf:21000 heat_hot:12000 "
       "scale:1200", "scrap:64000 lime:2100"),
    _P("Logistique Dudelange (LU)", "52.10B", "50-99", "Dudelange", "pallet:46 film:19 cardboard:58 dib:22",
       "pallet_reuse:114 boxes:18"),
)  # fmt: skip
