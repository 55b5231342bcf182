"""The recall: three questions on earlier notebooks."""
