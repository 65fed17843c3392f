"""What several tests share: a throw-away PostGIS, a server of the product, a browser, the import table."""
