"""What Streamlit itself gets wrong in the browser, and the script that mends it: its words are English only, and so are the
letters of an empty date; in the dark theme its main buttons write white on a light colour.
"""

from __future__ import annotations

import json

STREAMLIT_WORDS = {
    "Upload": "Choisir un fichier",
    "Browse files": "Choisir un fichier",
    "Drag and drop files here": "Glissez vos fichiers ici",
    "Drag and drop file here": "Glissez votre fichier ici",
    "Drop files here": "Déposez vos fichiers ici",
    "Running...": "Calcul…",
    "Stop": "Arrêter",
    "Search": "Chercher",
    "Download as CSV": "Télécharger en CSV",
    "Show/hide columns": "Colonnes affichées",
    "Fullscreen": "Plein écran",
    "Close fullscreen": "Quitter le plein écran",
    "No results": "Aucun résultat",
    "No options to select": "Aucun choix",
    "Choose an option": "Choisir",
    "Choose options": "Choisir",
    "Settings": "Réglages",
    "Print": "Imprimer",
    "Rerun": "Relancer",
    "Theme": "Thème",
    "Light": "Clair",
    "Dark": "Sombre",
    "System": "Système",
    "Use system setting": "Comme le système",
    "Wide mode": "Pleine largeur",
    "Skip to main content": "Aller au contenu",
    "Close": "Fermer",
    "Sort ascending": "Tri croissant",
    "Sort descending": "Tri décroissant",
    "Format": "Format",
    "Autosize": "Largeur automatique",
    "Pin column": "Figer la colonne",
    "Unpin column": "Libérer la colonne",
    "Hide column": "Masquer la colonne",
    "empty": "vide",
    "dd": "jj",
    "yyyy": "aaaa",
}
"""They change between releases of Streamlit; a browser test reads them."""

_WORDS_SCRIPT = """(() => {
  const words = __WORDS__;
  const back = Object.fromEntries(Object.entries(words).map(([a, b]) => [b, a]));
  const english = () => new URLSearchParams(location.search).get("lang") === "en";
  const said = (text) => {
    const bare = text.trim();
    const table = english() ? back : words;
    if (Object.hasOwn(table, bare)) return text.replace(bare, table[bare]);
    // A tool of a table names its table behind its own word: "Search: Scenarios".
    const tool = /^([^:]+?)\\s?: (.+)$/.exec(bare);
    if (tool && Object.hasOwn(table, tool[1])) return table[tool[1]] + (english() ? ": " : "\\u00a0: ") + tool[2];
    if (english()) return text;
    const sized = (_, whole, part, size) => whole + (part ? "," + part : "") + "\\u00a0" + size + "o";
    return text.replace(/^(\\d+)(?:\\.(\\d+))? ?([KMG])B$/, sized)
      .replace(/(\\d+) ?MB per file/, "$1 Mo par fichier").replace(/^Limit (\\d+) ?MB/, "Limite $1 Mo");
  };
  const attributes = ["aria-label", "title", "placeholder"];
  const speak = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const inside = node.parentElement;
      const ours = "[data-testid=stMarkdownContainer],[data-testid=stText],script,style,canvas";
      if (!inside || (inside.closest(ours) && !inside.closest("[data-testid=stFileUploader]"))) return;
      const text = said(node.data);
      if (text !== node.data) node.data = text;
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const name of attributes) {
      const value = node.getAttribute(name);
      if (value && said(value) !== value) node.setAttribute(name, said(value));
    }
    // What moves sideways must be reached by the keyboard too.
    if (node.matches(drawing)) node.tabIndex = 0;
    for (const child of node.childNodes) speak(child);
  };
  const language = () => {
    const wanted = english() ? "en" : "fr";
    if (document.documentElement.lang !== wanted) {
      document.documentElement.lang = wanted;
      if (document.body) speak(document.body);
    }
  };
  // On a telephone the names of a drawing need more room than the screen: it keeps its width and moves sideways.
  const drawing = "[class*=st-key-wide_]";
  // No setting of a theme says the colour of these letters; `light-dark` follows the colour scheme of Streamlit's page.
  const ink = document.createElement("style");
  ink.textContent = "[data-testid^=stBaseButton-primary]:not(:disabled), [data-testid^=stBaseLinkButton-primary] "
    + "{ color: light-dark(#ffffff, #121a16) !important; }";
  // Streamlit marks the focus of its links by a shade that few would see.
  ink.textContent += "a:focus-visible, summary:focus-visible { outline: 2px solid currentColor !important; }";
  // Choices side by side go on a second line where the screen ends.
  ink.textContent += `@media (max-width: 640px) {
    [data-testid=stButtonGroup] [role=radiogroup] { flex-wrap: wrap !important; max-width: 100%; } }`;
  ink.textContent += `@media (max-width: 640px) { ${drawing} { overflow-x: auto; }
    ${drawing} [data-testid=stElementContainer] { width: 720px !important; min-width: 720px !important; } }`;
  document.head.append(ink);
  new MutationObserver((changes) => {
    language();
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(speak);
      else speak(change.target);
    }
  }).observe(document.documentElement, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: attributes,
  });
})();
"""


def words_script() -> str:
    """The script that says Streamlit's own words in French, and back, as the address asks; it mends the looks too."""
    return _WORDS_SCRIPT.replace("__WORDS__", json.dumps(STREAMLIT_WORDS, ensure_ascii=False))
