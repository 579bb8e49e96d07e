"""Sentences of the problems of files and declarations; :mod:`symbiosis.io.problems` says them with all the others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_RESAVE_FR = "Ouvrez-le dans votre tableur et enregistrez-le en « Classeur Excel (.xlsx) » ou « CSV UTF-8 »."
_RESAVE_EN = "Open it in your spreadsheet and save it as “Excel workbook (.xlsx)” or “CSV UTF-8”."
_SUSPECT_FR = "Ce fichier n'est pas celui d'un tableur ordinaire : copiez ses cellules dans un classeur neuf."
_SUSPECT_EN = "This is not the file of an ordinary spreadsheet: copy its cells into a new workbook."

DECLARATION_SENTENCES: Mapping[str, tuple[str, str, str, str]] = MappingProxyType({
    # --- files
    "missing_folder": (
        "Le dossier « {value} » n'existe pas.", "The folder “{value}” does not exist.", "Vérifiez le chemin.",
        "Check the path.",
    ),
    "missing_table": (
        "Il manque la table « {table} ».", "The table “{table}” is missing.",
        "Ajoutez le fichier {file}, ou une feuille de ce nom dans le classeur.",
        "Add the file {file}, or a sheet of that name in the workbook.",
    ),
    "empty_file": (
        "Le fichier {file} est vide.", "The file {file} is empty.",
        "Remplissez-le, ou retirez-le s'il n'est pas obligatoire.", "Fill it in, or remove it if it is optional.",
    ),
    "no_rows": (
        "La table « {table} » a des titres, mais aucune ligne.", "The table “{table}” has headings but no rows.",
        "Ajoutez au moins une ligne.", "Add at least one row.",
    ),
    "no_headings": (
        "Aucun titre de colonne connu dans {file} : « {value} ».", "No known column heading in {file}: “{value}”.",
        "La première ligne doit porter les titres du modèle (commande « symbiosis template »).",
        "The first line must hold the headings of the template (command “symbiosis template”).",
    ),
    "content_mismatch": (
        "{file} s'annonce comme {expected} et contient autre chose ({found}).",
        "{file} says that it is {expected} and holds something else ({found}).", _RESAVE_FR, _RESAVE_EN,
    ),
    "unsupported_format": (
        "Le format de {file} ({found}) n'est pas lu.", "The format of {file} ({found}) is not read.", _RESAVE_FR,
        _RESAVE_EN,
    ),
    "old_or_locked_workbook": (
        "{file} est un ancien classeur (.xls) ou un classeur protégé par mot de passe.",
        "{file} is an old workbook (.xls) or is locked by a password.", "Enregistrez-le en .xlsx, sans mot de passe.",
        "Save it as .xlsx without a password.",
    ),
    "not_text": (
        "{file} ne contient pas de texte lisible.", "{file} does not hold readable text.", _RESAVE_FR, _RESAVE_EN,
    ),
    "broken_quotes": (
        "À partir de la ligne {row}, un guillemet ouvert n'est jamais fermé.",
        "From row {row} on, a quotation mark opens and never closes.",
        "Fermez le guillemet, ou doublez-le s'il fait partie du texte.",
        "Close the quotation mark, or double it if it belongs to the text.",
    ),
    "unknown_file": (
        "Le fichier {file} n'est pas lu : son nom n'est celui d'aucune table.",
        "The file {file} is not read: its name is that of no table.", "Vouliez-vous dire {expected} ?",
        "Did you mean {expected}?",
    ),
    "unknown_sheet": (
        "La feuille « {value} » n'est pas lue : son nom n'est celui d'aucune table.",
        "The sheet “{value}” is not read: its name is that of no table.",
        "Renommez-la si elle contient des déclarations.", "Rename it if it holds declarations.",
    ),
    "no_known_sheet": (
        "Aucune feuille de {file} ne porte le nom d'une table.", "No sheet of {file} has the name of a table.",
        "Nommez les feuilles comme dans le modèle : Acteurs, Sites, Flux sortants, Besoins…",
        "Name the sheets as in the template: Actors, Sites, Outputs, Needs…",
    ),
    "table_twice": (
        "La table « {table} » est donnée deux fois : dans {first}, puis dans {file} (non lu).",
        "The table “{table}” is given twice: in {first}, then in {file} (not read).",
        "Gardez un seul des deux fichiers.", "Keep only one of the two files.",
    ),
    "bad_facts": (
        "Le fichier {file} n'est pas un JSON valide ({value}).", "The file {file} is not valid JSON ({value}).",
        "Corrigez-le, ou retirez-le.", "Correct it, or remove it.",
    ),
    "unknown_catalogue_table": (
        "{file} n'est pas une table du catalogue.", "{file} is not a table of the catalogue.",
        "Vérifiez le nom du fichier dans le dossier « catalogue ».",
        "Check the name of the file in the folder “catalogue”.",
    ),
    "file_too_big": (
        "{file} dépasse la taille permise ({megabytes} Mo pour {limit}).",
        "{file} is larger than allowed ({megabytes} MB, limit {limit}).",
        "Séparez-le, ou retirez images et feuilles inutiles.", "Split it, or remove pictures and unused sheets.",
    ),
    "too_many_rows": (
        "{file} a trop de lignes (ligne {row}, limite {limit}).",
        "{file} has too many rows (row {row}, limit {limit}).",
        "Supprimez les cellules perdues loin sous le tableau, ou séparez le fichier.",
        "Delete cells lost far below the table, or split the file.",
    ),
    "too_many_columns": (
        "{file} a plus de {limit} colonnes.", "{file} has more than {limit} columns.",
        "Supprimez les cellules perdues loin à droite du tableau.", "Delete cells lost far right of the table.",
    ),
    "cell_too_big": (
        "Une cellule de {file} (ligne {row}) dépasse 32 767 caractères.",
        "A cell of {file} (row {row}) holds more than 32,767 characters.", "Raccourcissez-la.", "Shorten it.",
    ),
    "too_many_entries": (
        "{file} contient {count} éléments, plus qu'un classeur ordinaire.",
        "{file} holds {count} parts, more than an ordinary workbook.", _SUSPECT_FR, _SUSPECT_EN,
    ),
    "bad_entry_name": (
        "{file} contient un élément au nom interdit.", "{file} holds a part with a forbidden name.", _SUSPECT_FR,
        _SUSPECT_EN,
    ),
    "entry_too_big": (
        "{file} se déplie en {megabytes} Mo : refusé.", "{file} unfolds into {megabytes} MB: refused.", _SUSPECT_FR,
        _SUSPECT_EN,
    ),
    "compression_ratio": (
        "{file} est comprimé {ratio} fois : refusé.", "{file} is compressed {ratio} times: refused.", _SUSPECT_FR,
        _SUSPECT_EN,
    ),
    "encrypted_file": (
        "{file} est chiffré.", "{file} is encrypted.", "Enregistrez-le sans mot de passe.",
        "Save it without a password.",
    ),
    "has_macros": (
        "{file} contient des macros : il n'est pas ouvert.", "{file} holds macros: it is not opened.",
        "Enregistrez-le en .xlsx, sans macros.", "Save it as .xlsx, without macros.",
    ),
    "document_type": (
        "{file} contient une déclaration XML interdite.", "{file} holds a forbidden XML declaration.", _SUSPECT_FR,
        _SUSPECT_EN,
    ),
    "bad_reference": (
        "{file} contient une référence de cellule impossible ({reference}).",
        "{file} holds an impossible cell reference ({reference}).", _SUSPECT_FR, _SUSPECT_EN,
    ),
    "bad_zip": (
        "{file} est abîmé : l'archive ne se lit pas.", "{file} is damaged: the archive does not read.",
        "Demandez-le de nouveau, ou réparez-le avec votre tableur.",
        "Ask for it again, or repair it with your spreadsheet.",
    ),
    "bad_xml": (
        "{file} est abîmé : son contenu ne se lit pas.", "{file} is damaged: its content does not read.",
        "Demandez-le de nouveau, ou réparez-le avec votre tableur.",
        "Ask for it again, or repair it with your spreadsheet.",
    ),
    "not_a_workbook": (
        "{file} est une archive, pas un classeur.", "{file} is an archive, not a workbook.", _RESAVE_FR, _RESAVE_EN,
    ),
    "unreadable_workbook": (
        "{file} ne se lit pas ({reason}).", "{file} cannot be read ({reason}).", _RESAVE_FR, _RESAVE_EN,
    ),
    "too_much_memory": (
        "{file} demande trop de mémoire : lecture arrêtée.", "{file} takes too much memory: reading was stopped.",
        _SUSPECT_FR, _SUSPECT_EN,
    ),
    "reader_timeout": (
        "La lecture de {file} a pris trop de temps : elle a été arrêtée.",
        "Reading {file} took too long: it was stopped.", _SUSPECT_FR, _SUSPECT_EN,
    ),
    "reader_crashed": (
        "La lecture de {file} a échoué.", "Reading {file} failed.", _RESAVE_FR, _RESAVE_EN,
    ),
    # --- headings and shape
    "missing_column": (
        "Il manque la colonne « {column} » ({name}).", "The column “{column}” ({name}) is missing.",
        "Ajoutez-la ; si elle existe sous un autre titre, renommez-la.",
        "Add it; if it stands under another heading, rename it.",
    ),
    "unknown_column": (
        "La colonne « {value} » n'est pas connue : elle n'est pas lue.",
        "The column “{value}” is not known: it is not read.",
        "Vérifiez son titre dans le modèle. Vouliez-vous dire « {suggestion} » ?",
        "Check its heading in the template. Did you mean “{suggestion}”?",
    ),
    "column_twice": (
        "La colonne « {column} » est donnée deux fois : la seconde n'est pas lue.",
        "The column “{column}” stands twice: the second one is not read.", "Gardez-en une.", "Keep one.",
    ),
    "too_many_cells": (
        "La ligne a {cells} cellules pour {expected} titres.", "The row has {cells} cells for {expected} headings.",
        "Une virgule décimale décale la ligne : mettez la valeur entre guillemets, ou séparez par des points-virgules.",
        "A decimal comma in a comma-separated file shifts the row: quote the value, or separate by semicolons.",
    ),
    "merged_cells": (
        "Cellules fusionnées ({value}) : seule la première garde sa valeur.",
        "Merged cells ({value}): only the first keeps its value.", "Défusionnez-les et répétez la valeur.",
        "Unmerge them and repeat the value.",
    ),
    # --- cells
    "missing_value": (
        "« {column} » est vide.", "“{column}” is empty.", "Remplissez la cellule.", "Fill in the cell.",
    ),
    "formula_without_value": (
        "La formule de « {column} » n'a pas de résultat enregistré.",
        "The formula in “{column}” has no stored result.", "Ouvrez et enregistrez le classeur, ou collez la valeur.",
        "Open and save the workbook, or paste the value.",
    ),
    "spreadsheet_error": (
        "« {column} » contient une erreur de tableur : {value}.", "“{column}” holds a spreadsheet error: {value}.",
        "Corrigez la formule, ou saisissez la valeur.", "Correct the formula, or type the value.",
    ),
    "not_a_number": (
        "« {value} » n'est pas un nombre ({column}).", "“{value}” is not a number ({column}).",
        "N'écrivez que le nombre ; l'unité a sa colonne.", "Write the number only; the unit has its own column.",
    ),
    "not_finite": (
        "« {value} » n'est pas une quantité finie ({column}).", "“{value}” is not a finite amount ({column}).",
        "Écrivez un nombre, ou laissez vide si c'est permis.", "Write a number, or leave it empty where allowed.",
    ),
    "date_in_number": (
        "« {value} » est une date, pas un nombre ({column}).", "“{value}” is a date, not a number ({column}).",
        "Le tableur l'a transformé : mettez la colonne au format Nombre et saisissez de nouveau.",
        "The spreadsheet changed it: format the column as Number and type it again.",
    ),
    "ambiguous_number": (
        "« {value} » ({column}) peut se lire {decimal} ou {thousands}.",
        "“{value}” ({column}) may be {decimal} or {thousands}.",
        "Écrivez les milliers sans séparateur, ou ajoutez une décimale.",
        "Write thousands without a separator, or add a decimal.",
    ),
    "ambiguous_number_read": (
        "« {value} » ({column}) a été lu {decimal}.", "“{value}” ({column}) was read as {decimal}.",
        "S'il s'agit de {thousands}, écrivez-le sans séparateur.",
        "If it is {thousands}, write it without a separator.",
    ),
    "negative_number": (
        "« {column} » est négatif : {value}.", "“{column}” is negative: {value}.",
        "Écrivez la quantité sans signe : le sens est donné par la table.",
        "Write the amount without a sign: the table gives the direction.",
    ),
    "out_of_bounds": (
        "{value} est hors des bornes de « {column} » ({minimum} à {maximum}).",
        "{value} is outside the bounds of “{column}” ({minimum} to {maximum}).", "Vérifiez le nombre et son unité.",
        "Check the number and its unit.",
    ),
    "range_upside_down": (
        "« {low_title} » dépasse « {high_title} ».", "“{low_title}” is above “{high_title}”.",
        "Vérifiez les deux valeurs.", "Check both values.",
    ),
    "not_a_flag": (
        "« {value} » n'est ni oui ni non ({column}).", "“{value}” is neither yes nor no ({column}).",
        "Écrivez oui ou non.", "Write yes or no.",
    ),
    "unknown_choice": (
        "« {value} » n'est pas une valeur de « {column} ».", "“{value}” is not a value of “{column}”.",
        "Valeurs possibles : {choices}.", "Possible values: {choices}.",
    ),
    "blank_in_id": (
        "L'identifiant « {value} » contient une espace.", "The id “{value}” holds a blank.",
        "Retirez l'espace. Par exemple : « {suggestion} ».", "Remove the blank. For example: “{suggestion}”.",
    ),
    "unreadable_date": (
        "« {value} » n'est pas une date lisible.", "“{value}” is not a readable date.",
        "Écrivez jj/mm/aaaa ou aaaa-mm-jj.", "Write dd/mm/yyyy or yyyy-mm-dd.",
    ),
    "unreadable_country": (
        "« {value} » n'est pas un pays lisible.", "“{value}” is not a readable country.",
        "Écrivez ses deux lettres : FR, LU, BE, DE…", "Write its two letters: FR, LU, BE, DE…",
    ),
    "date_in_months": (
        "Le tableur a changé les mois en date : {value}.", "The spreadsheet turned the months into a date: {value}.",
        "Mettez la colonne au format Texte et saisissez de nouveau. Sans doute : « {suggestion} ».",
        "Format the column as Text and type it again. Probably: “{suggestion}”.",
    ),
    "unreadable_months": (
        "« {value} » ne donne pas des mois.", "“{value}” does not give months.",
        "Écrivez 11-3 (de novembre à mars) ou 1;2;12.", "Write 11-3 (November to March) or 1;2;12.",
    ),
    "broken_accents": (
        "Les accents de « {value} » sont abîmés.", "The accents of “{value}” are damaged.",
        "Rouvrez le fichier d'origine en UTF-8, puis enregistrez de nouveau.",
        "Open the original file as UTF-8 and save it again.",
    ),
    # --- identity
    "duplicate_id": (
        "« {value} » est déjà à la ligne {first_row}.", "“{value}” stands already in row {first_row}.",
        "Donnez un autre identifiant, ou supprimez la ligne.", "Give another id, or delete the row.",
    ),
    "duplicate_row": (
        "Même contenu que la ligne {first_row} ({first_id}), sous un autre identifiant.",
        "Same content as row {first_row} ({first_id}) under another id.",
        "Si c'est le même flux, supprimez-en un : il compterait deux fois.",
        "If it is the same flow, delete one: it would count twice.",
    ),
    "dangling_reference": (
        "« {unknown} » n'existe pas dans : {target_title}.", "“{unknown}” does not exist in: {target_title}.",
        "Ajoutez-le, ou corrigez l'identifiant. Le plus proche : « {suggestion} ».",
        "Add it, or correct the id. Nearest: “{suggestion}”.",
    ),
    # --- waste codes
    "unreadable_code": (
        "« {value} » n'est pas un code déchet à six chiffres.", "“{value}” is not a six-digit waste code.",
        "Écrivez par exemple 17 02 01, avec * s'il est dangereux. Proposition : {suggestion}.",
        "Write for example 17 02 01, with * if hazardous. Suggestion: {suggestion}.",
    ),
    "leading_zero_lost": (
        "Le zéro de tête de « {value} » a disparu.", "The leading zero of “{value}” is lost.",
        "Vouliez-vous dire {suggestion} ? Mettez la colonne au format Texte.",
        "Did you mean {suggestion}? Format the column as Text.",
    ),
    "leading_zero_restored": (
        "« {value} » a été lu {suggestion}.", "“{value}” was read as {suggestion}.",
        "Mettez la colonne au format Texte pour garder le zéro.", "Format the column as Text to keep the zero.",
    ),
    "unknown_code": (
        "Le code {waste_code} n'est pas dans la liste européenne des déchets.",
        "The code {waste_code} is not in the European list of waste.", "Vérifiez-le. Le plus proche : {suggestion}.",
        "Check it. Nearest: {suggestion}.",
    ),
    "outdated_code": (
        "Le code {waste_code} n'est plus en vigueur depuis le {until}.",
        "The code {waste_code} is in force no more since {until}.",
        "Remplacez-le, selon le déchet, par : {successors}.", "Replace it, according to the waste, by: {successors}.",
    ),
    "code_not_in_force_yet": (
        "Le code {waste_code} n'entre en vigueur que le {since}.",
        "The code {waste_code} is in force from {since} only.", "Gardez l'ancien code jusqu'à cette date.",
        "Keep the former code until that day.",
    ),
    "missing_hazard_mark": (
        "Le code {waste_code} désigne un déchet dangereux, et rien ne le dit dans la ligne.",
        "The code {waste_code} is a hazardous waste and the row does not say so.",
        "Écrivez {waste_code}*, ou « oui » dans « Déchet dangereux ».",
        "Write {waste_code}*, or “yes” under “Hazardous”.",
    ),
    "hazard_denied": (
        "Le code {waste_code} désigne un déchet dangereux, et la ligne dit le contraire.",
        "The code {waste_code} is a hazardous waste and the row says that it is not.",
        "Corrigez le code (entrée miroir ?) ou la colonne.", "Correct the code (mirror entry?) or the column.",
    ),
    "hazard_contradiction": (
        "Le code porte un astérisque, et la ligne dit que le déchet n'est pas dangereux.",
        "The code has an asterisk and the row says that the waste is not hazardous.", "Corrigez l'un des deux.",
        "Correct one of them.",
    ),
    "hazard_mark_on_non_hazardous": (
        "Le code {waste_code} n'est pas celui d'un déchet dangereux, et la ligne dit qu'il l'est.",
        "The code {waste_code} is not hazardous and the row says that it is.",
        "Si le déchet est dangereux, prenez son entrée miroir ; sinon retirez la marque.",
        "If the waste is hazardous take its mirror entry; else remove the mark.",
    ),
    # --- plausibility
    "unknown_unit": (
        "L'unité « {value} » n'est pas connue.", "The unit “{value}” is not known.",
        "Utilisez t, kg, m3, L, MWh, kWh, GJ, h ou pièces, par an, par mois ou par semaine.",
        "Use t, kg, m3, L, MWh, kWh, GJ, h or pieces, a year, a month or a week.",
    ),
    "missing_density": (
        "Volume en {unit} sans densité : les tonnes ne peuvent pas être calculées.",
        "Volume in {unit} without a density: tonnes cannot be computed.",
        "Remplissez « Densité (t/m³) », ou donnez la quantité en tonnes.",
        "Fill in “Density (t/m³)”, or give the quantity in tonnes.",
    ),
    "suspicious_quantity": (
        "{value} {unit} par an, c'est beaucoup : s'agit-il bien de cette unité ?",
        "{value} {unit} a year is a lot: is it really that unit?",
        "Des kilogrammes saisis comme des tonnes ? Vérifiez l'unité.", "Kilograms typed as tonnes? Check the unit.",
    ),
    "site_outside_territory": (
        "Le site est à {distance_km} km du centre du territoire (limite {limit_km} km).",
        "The site is {distance_km} km from the centre of the territory (limit {limit_km} km).",
        "Vérifiez latitude et longitude ; s'il est vraiment là, rien à faire.",
        "Check latitude and longitude; if it is really there, nothing to do.",
    ),
    "coordinates_swapped": (
        "Latitude et longitude semblent interverties.", "Latitude and longitude seem to be swapped.",
        "Échangez les deux valeurs.", "Swap the two values.",
    ),
    "siret_malformed": (
        "Le SIRET « {value} » n'a pas {length} chiffres.", "The SIRET “{value}” does not have {length} digits.",
        "Mettez la colonne au format Texte et saisissez les {length} chiffres.",
        "Format the column as Text and type the {length} digits.",
    ),
    "siren_malformed": (
        "Le SIREN « {value} » n'a pas {length} chiffres.", "The SIREN “{value}” does not have {length} digits.",
        "Mettez la colonne au format Texte et saisissez les {length} chiffres.",
        "Format the column as Text and type the {length} digits.",
    ),
    "siret_check_digit": (
        "Le SIRET « {value} » a une clé fausse.", "The SIRET “{value}” has a wrong check digit.",
        "Un chiffre est mal saisi.", "One digit is mistyped.",
    ),
    "siren_check_digit": (
        "Le SIREN « {value} » a une clé fausse.", "The SIREN “{value}” has a wrong check digit.",
        "Un chiffre est mal saisi.", "One digit is mistyped.",
    ),
    "insee_zero_lost": (
        "Le code INSEE « {value} » a quatre chiffres.", "The INSEE code “{value}” has four digits.",
        "Vouliez-vous dire {suggestion} ? Mettez la colonne au format Texte.",
        "Did you mean {suggestion}? Format the column as Text.",
    ),
})  # fmt: skip
