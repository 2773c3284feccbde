"""From text to text, without torch."""
