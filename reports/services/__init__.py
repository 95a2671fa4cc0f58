"""What changes data: issuing bulletins, pushing them."""
