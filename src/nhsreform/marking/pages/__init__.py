"""The pages made of a marked class: for each student, and on the whole class. Called by `feedback` and `report`."""
