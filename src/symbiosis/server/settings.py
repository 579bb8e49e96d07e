"""Every setting of Streamlit, in one place."""

from __future__ import annotations

from typing import Any

from symbiosis.dashboard.identity import HEADER, KEY

CONFIG: dict[str, Any] = {
    "server.address": "127.0.0.1",
    "server.port": 8501,
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.enableStaticServing": False,
    "server.maxUploadSize": 20,
    "server.allowedHosts": ["127.0.0.1", "localhost"],
    "server.trustedUserHeaders": f'{{"{HEADER}": "{KEY}"}}',
    "runner.magicEnabled": False,
    "runner.postScriptGC": False,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "theme.paddingTop": "1.25rem",
    "theme.baseRadius": "0.6rem",
    "theme.headingFontWeights": [650, 600, 600, 600, 600, 600],
    "theme.headingFontSizes": ["2rem", "1.5rem", "1.2rem", "1.05rem", "1rem", "1rem"],
    "theme.metricValueFontSize": "1.7rem",
    "theme.metricValueFontWeight": 600,
    "theme.light.primaryColor": "#1F6B4A",
    "theme.light.backgroundColor": "#FFFFFF",
    "theme.light.secondaryBackgroundColor": "#EEF4F0",
    "theme.light.textColor": "#1A2620",
    "theme.light.linkColor": "#1F6B4A",
    "theme.light.borderColor": "#C9D6CE",
    "theme.light.dataframeHeaderBackgroundColor": "#EEF4F0",
    "theme.light.grayTextColor": "#4A5A51",
    "theme.dark.primaryColor": "#6FD3A4",
    "theme.dark.backgroundColor": "#121A16",
    "theme.dark.secondaryBackgroundColor": "#1C2721",
    "theme.dark.textColor": "#E8F0EB",
    "theme.dark.linkColor": "#6FD3A4",
    "theme.dark.borderColor": "#3A4A41",
    "theme.dark.dataframeHeaderBackgroundColor": "#1C2721",
    "theme.dark.grayTextColor": "#B4C4BB",
}
"""Every setting, in one place. ``.streamlit/config.toml``, which an installed package does not see, says the same."""

LANGUAGES = ("fr", "en")
