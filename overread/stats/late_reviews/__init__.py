"""What late reviews will still bring."""
