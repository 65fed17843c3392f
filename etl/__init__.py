"""The way in: from the files a county hands over to rows and facts in the store (`python -m etl`)."""
