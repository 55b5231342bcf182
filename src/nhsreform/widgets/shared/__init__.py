"""What every widget is made of: base class, styles, keyboard, and repairs of stock ipywidgets."""
