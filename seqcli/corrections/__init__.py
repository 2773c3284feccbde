"""What users tell a translator: right translations and terms, beside the model in its folder."""
