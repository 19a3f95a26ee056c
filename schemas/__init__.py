"""The nouns of the house: frozen values, units and problems. No behaviour, no database, no framework."""
