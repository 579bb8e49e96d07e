"""Commands of the command line that are more than one call; each module holds one family, loaded when it runs."""
