"""Who said what: claims chosen, cited, counted, charted and put into words."""
