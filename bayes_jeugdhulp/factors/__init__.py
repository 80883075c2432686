"""The classical factor analysis of indicators, step by step: pure functions whose results say what is not possible."""
