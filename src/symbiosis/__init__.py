"""Industrial ecology resource matching: who could use what leaves the sites of a territory, how, and what each party gains."""

__version__ = "0.1.0"
