"""Documents that people take away: tables, maps, graphs."""
