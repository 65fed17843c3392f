"""The frame round every page: identity, navigation, what this viewer may read, map data, headers."""
