"""The tables of data/ and the texts of seeds/: read, checked, and drafted for a text of your own."""
