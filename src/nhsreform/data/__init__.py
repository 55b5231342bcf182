"""The tables of data/ and the texts of seeds/: read, checked, and drafted for a text of your own.

Every room above reads tables and texts through here. A rule that the data keep goes into `validate`; a table is
described in datapackage.json, nowhere else.
"""
