"""Sentences of the problems that only an import finds; :mod:`symbiosis.io.problems` says them with all the others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

IMPORT_SENTENCES: Mapping[str, tuple[str, str, str, str]] = MappingProxyType({
    "import_column_missing": (
        "La colonne « {column} » est attendue et manque dans {file}.",
        "The column “{column}” is expected and missing in {file}.",
        "Exportez de nouveau avec toutes les colonnes, ou indiquez quelle colonne la remplace (fichier de correspondance).",
        "Export again with all columns, or say which column stands for it (mapping file).",
    ),
    "import_sheet_left": (
        "La feuille « {value} » n'a pas été lue : aucune colonne n'y dit une désignation, une quantité et une entreprise.",
        "The sheet “{value}” was not read: no column of it says a description, a quantity and a company.",
        "Si elle contient des flux ou des besoins, nommez ses colonnes : « Entreprise », « Ce qui sort », « Tonnage ».",
        "If it holds outputs or needs, name its columns: “Company”, “Output”, “Tonnage”.",
    ),
    "unknown_import": (
        "{file} n'est pas reconnu : ni registre, ni relevé, ni facture, ni archive publique.",
        "{file} is not recognised: no register, no statement, no invoice, no public archive.",
        "Dites ce que c'est, ou ce que veut dire chacune de ses colonnes.",
        "Say what it is, or what each of its columns means.",
    ),
    "nothing_to_import": (
        "{file} ne donne aucune ligne à importer.", "{file} gives no row to import.",
        "Vérifiez la période, le territoire choisi et les colonnes.", "Check the period, the chosen territory and the columns.",
    ),
    "date_in_future": (
        "La date « {value} » est à venir.", "The date “{value}” is yet to come.", "Corrigez l'année ou le mois.",
        "Correct the year or the month.",
    ),
    "refused_exceeds_received": (
        "La quantité refusée ({value}) dépasse celle qui a été reçue.",
        "The refused quantity ({value}) is more than what was received.", "Vérifiez les deux quantités.",
        "Check both quantities.",
    ),
    "unknown_operation": (
        "« {value} » n'est pas un code de traitement (R0 à R13, D1 à D15).",
        "“{value}” is not a treatment code (R0 to R13, D1 to D15).",
        "Écrivez par exemple R3 ou D5 ; sans lui, l'exutoire actuel reste inconnu.",
        "Write for example R3 or D5; without it today's outlet stays unknown.",
    ),
    "forbidden_operation": (
        "L'opération « {value} » n'est pas permise en France.", "The operation “{value}” is not allowed in France.",
        "Vérifiez le code auprès du destinataire.", "Check the code with the receiver.",
    ),
    "suspicious_movement": (
        "{value} t en un seul mouvement : s'agit-il de kilogrammes ?", "{value} t in one movement: are these kilograms?",
        "Vérifiez l'unité ; si c'est bien le tonnage, rien à faire.", "Check the unit; if the tonnage is right, nothing to do.",
    ),
    "movement_twice": (
        "Le mouvement « {value} » est aussi à la ligne {first_row}, avec un autre contenu : cette ligne-là compte seule.",
        "The movement “{value}” is also in row {first_row} with another content: only that row counts.",
        "Vérifiez lequel est juste ; la dernière modification l'emporte.",
        "Check which one is right; the latest modification wins.",
    ),
    "period_longer": (
        "{file} va du {first} au {last} : les douze derniers mois comptent, depuis le {start} ({count} mouvements laissés).",
        "{file} goes from {first} to {last}: only the latest twelve months count, since {start} ({count} movements left out).",
        "Un flux de demain ressemble à celui de l'an dernier, pas à une moyenne. Pour une autre période, dites-la.",
        "Tomorrow's flow looks like last year's, not like a mean. For another period, say which.",
    ),
    "period_shorter": (
        "{file} va du {first} au {last} : les tonnes ont été multipliées par {factor} pour faire douze mois.",
        "{file} goes from {first} to {last}: tonnes were multiplied by {factor} to make twelve months.",
        "La quantité basse garde ce qui a été vu. Importez une année entière, ou dites la période couverte.",
        "The low quantity keeps what was seen. Import a whole year, or say which period is covered.",
    ),
    "period_unknown": (
        "{file} va du {first} au {last} ({count} mouvements) : trop peu pour extrapoler, les tonnes restent telles quelles.",
        "{file} goes from {first} to {last} ({count} movements): too few to scale, tonnes stay as they are.",
        "Si ce n'est pas une année, dites la période couverte.",
        "If this is not a year, say which period is covered.",
    ),
    "commune_unknown": (
        "L'établissement {siret} ne peut pas être placé : commune « {commune} » inconnue.",
        "The establishment {siret} cannot be placed: commune “{commune}” unknown.",
        "Écrivez son nom entier ou son code INSEE. Sinon, déclarez le site à la main, ou ajoutez-la à communes.csv du dossier.",
        "Write its whole name or its INSEE code. Else declare the site by hand, or add it to communes.csv of the folder.",
    ),
    "column_guessed": (
        "« {column} » a été lu comme « {meaning} » (sûr à {confidence} %).",
        "“{column}” was read as “{meaning}” ({confidence}% sure).",
        "Si c'est autre chose, dites le sens de la colonne.",
        "If it is something else, say what the column means.",
    ),
    "unit_in_cell": (
        "« {value} » : l'unité de la case, {unit}, a compté ({column}).",
        "“{value}”: the unit of the cell, {unit}, has counted ({column}).",
        "Elle passe avant celle du titre. Si elle est fausse, écrivez le nombre seul.",
        "It comes before that of the title. If it is wrong, write the number alone.",
    ),
    "number_about": (
        "« {value} » a été lu {read} ({column}).", "“{value}” was read as {read} ({column}).",
        "Si le chiffre exact est connu, écrivez-le.", "If the exact figure is known, write it.",
    ),
    "number_from_to": (
        "« {value} » donne deux nombres ({column}).", "“{value}” gives two numbers ({column}).",
        "Écrivez un seul nombre, entre {low} et {high}.", "Write one number, between {low} and {high}.",
    ),
    "number_not_told": (
        "« {value} » a été lu comme inconnu ({column}).", "“{value}” was read as unknown ({column}).",
        "Si le chiffre est connu, écrivez-le.", "If the figure is known, write it.",
    ),
    "made_a_year": (
        "Les quantités de « {column} » sont en {unit} : elles ont été multipliées par {times} pour faire une année.",
        "The quantities of “{column}” are in {unit}: they were multiplied by {times} to make a year.",
        "Si c'est déjà une année, dites l'unité sans sa période.", "If it is a year already, say the unit without its period.",
    ),
    "short_year": (
        "« {value} » a été lu {read}.", "“{value}” was read as {read}.",
        "Si c'est un autre jour, écrivez l'année en quatre chiffres.", "If it is another day, write the year in four figures.",
    ),
    "no_such_day": (
        "Le « {value} » n'existe pas au calendrier.", "“{value}” is not a day of the calendar.",
        "Vérifiez le jour et le mois.", "Check the day and the month.",
    ),
    "total_line": (
        "La ligne « {value} » est un total : elle n'est pas comptée.", "The row “{value}” is a total: it is not counted.",
        "Si c'est un flux, changez son nom.", "If it is a flow, change its name.",
    ),
    "no_site": (
        "Rien ne dit de quel établissement parle {file}.", "Nothing says which establishment {file} is about.",
        "Donnez son SIRET, et sa commune s'il n'est pas déjà déclaré ; sur la page, sous « Sens des colonnes ».",
        "Give its SIRET, and its commune if it is not declared yet; on the page, under “Meaning of the columns”.",
    ),
    "invoice_line_unreadable": (
        "Cette ligne de facture ne se lit pas : « {value} ».", "This line of the invoice does not read: “{value}”.",
        "Écrivez le libellé (location, rotation, transport, traitement, TGAP), la quantité avec son unité, puis le montant.",
        "Write the label (rental, rotation, transport, treatment, tax), the quantity with its unit, then the amount.",
    ),
    "invoice_line_unassigned": (
        "La ligne « {value} » ne dit pas de quel déchet elle parle.",
        "The line “{value}” does not say which waste it is about.",
        "Ajoutez le nom du déchet au libellé, comme sur sa ligne de traitement.",
        "Add the name of the waste to the label, as on its line of treatment.",
    ),
    "invoice_without_quantity": (
        "Aucune quantité en tonnes ou en m³ pour ce déchet : son coût par unité ne se calcule pas.",
        "No quantity in tonnes or m³ for this waste: its cost by unit cannot be computed.",
        "Ajoutez la quantité à la ligne de traitement.", "Add the quantity to the line of treatment.",
    ),
    "invoice_amount_differs": (
        "Quantité × prix donne {computed} €, la ligne dit {value}.",
        "Quantity × price gives €{computed}, the line says {value}.",
        "Le montant de la ligne a été gardé : vérifiez-le.", "The amount of the line was kept: check it.",
    ),
    "invoice_period_unknown": (
        "Rien ne dit quelle période couvre {file} : une année a été supposée.",
        "Nothing says which period {file} covers: a year was assumed.",
        "Donnez-la, ou écrivez « du … au … » sur une ligne.",
        "Give it, or write “du … au …” on a line.",
    ),
    "one_archive_at_a_time": (
        "{file} n'a pas été lu : une seule archive à la fois.", "{file} was not read: one archive at a time.",
        "Importez-la ensuite.", "Import it afterwards.",
    ),
    "unreadable_activity": (
        "« {value} » n'est pas un code NAF.", "“{value}” is not an activity code (NAF).", "Écrivez par exemple 16.24Z.",
        "Write for example 16.24Z.",
    ),
})  # fmt: skip

NOTE_TITLES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "rows": ("lignes lues", "rows read"),
    "counted_once": ("lignes en double, comptées une fois", "repeated rows, counted once"),
    "elsewhere": ("lignes d'un chantier ou d'un autre territoire", "rows of a works site or of another territory"),
    "farms": ("exploitations agricoles laissées de côté", "farms left out"),
    "without_site": ("lignes sans établissement connu", "rows without a known establishment"),
    "closed": ("établissements fermés laissés de côté", "closed establishments left out"),
    "not_published": ("établissements non diffusibles laissés de côté", "establishments not to be published, left out"),
    "movements": ("lignes comptées", "rows that count"),
    "tonnes": ("tonnes par an", "tonnes a year"),
    "actors": ("acteurs", "actors"), "sites": ("sites", "sites"), "outputs": ("flux sortants", "outputs"),
    "needs": ("besoins", "needs"), "operators": ("opérateurs", "operators"),
    "quality": ("lignes de qualité", "rows of quality"),
    "distances": ("distances", "distances"), "seasons": ("lignes de saisons", "rows of seasons"),
    "stores": ("stocks", "stores"),
})  # fmt: skip
"""What the figures of an import are called in its preview."""

MEANING_TITLES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "": ("Ne pas lire", "Do not read"), "siret": ("SIRET de l'établissement", "SIRET of the establishment"),
    "company": ("Entreprise", "Company"), "address": ("Adresse", "Address"), "postal_code": ("Code postal", "Postal code"),
    "commune": ("Commune", "Municipality"), "insee_code": ("Code INSEE", "INSEE code"),
    "description": ("Désignation du flux", "Name of the flow"), "waste_code": ("Code déchet", "Waste code"),
    "hazardous": ("Dangereux ou non", "Hazardous or not"), "quantity": ("Quantité", "Quantity"), "unit": ("Unité", "Unit"),
    "date": ("Date", "Date"), "month": ("Mois", "Month"), "year": ("Année", "Year"),
    "movements": ("Nombre d'enlèvements", "Number of pick-ups"), "destination": ("Destination", "Destination"),
    "treatment": ("Code de traitement", "Treatment code"), "evidence": ("Pesé ou estimé", "Weighed or estimated"),
    "rental": ("Coût de location", "Rental cost"), "rotation": ("Coût d'enlèvement", "Pick-up cost"),
    "transport": ("Coût de transport", "Transport cost"), "treatment_cost": ("Coût de traitement", "Treatment cost"),
    "tax": ("Taxe (TGAP)", "Tax (TGAP)"), "cost": ("Coût total", "Total cost"),
    "unit_cost": ("Coût par unité", "Cost per unit"), "resale": ("Recette de reprise", "Resale revenue"),
})  # fmt: skip
"""What a column may mean: keys of :data:`symbiosis.io.imports.mapping.MEANINGS`, and nothing."""

KIND_TITLES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "trackdechets_outgoing": ("Registre Trackdéchets sortant", "Trackdéchets register, outgoing"),
    "trackdechets_incoming": ("Registre Trackdéchets entrant", "Trackdéchets register, incoming"),
    "register": ("Registre ou relevé", "Register or statement"), "invoice": ("Facture", "Invoice"),
    "inventory": ("Inventaire d'entreprises", "List of companies"),
    "irep": ("Archive publique IREP", "Public archive IREP"), "sirene": ("Extrait SIRENE", "SIRENE extract"),
    "template": ("Nos tables", "Our own tables"), "": ("Fichier inconnu", "Unknown file"),
})  # fmt: skip
