"""The board: claims chosen, weighed and written up as a brief."""
