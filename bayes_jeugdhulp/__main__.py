"""``python -m bayes_jeugdhulp``."""

from bayes_jeugdhulp.cli import main

main(prog_name="bayes-jeugdhulp")
