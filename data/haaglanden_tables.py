"""The Haaglanden tables three ways: as printed, reproduced from the SCP's file, and weighted by youths.

python data/haaglanden_tables.py --file Wijkdata_Jeugdhulp_in_de_wijk.ods --youths jeugdigen_benadering.csv
"""

from pathlib import Path

import click
import pandas as pd

from bayes_jeugdhulp.results.published_tables import (
    FIGURES,
    TOTAL,
    extremes_by_gemeente,
    unweighted_gemeente_table,
    wijk_table,
    youth_weighted_gemeente_table,
)
from bayes_jeugdhulp.sources.scp import read_scp, read_scp_expected

PRINTED = Path(__file__).parent / "haaglanden_2020"
GEMEENTEN = ["GM0503", "GM0518", "GM0603", "GM0626", "GM0629", "GM0637", "GM1783", "GM1842", "GM1916", "GM1926"]
BINCKHORST, INDUSTRIEGEBIED, BUITENGEBIED = "WK051839", "WK063708", "WK063709"
LEFT_OUT_OF_TABLE_4 = (BINCKHORST, INDUSTRIEGEBIED, BUITENGEBIED)
LEFT_OUT_OF_BIJLAGE_I = (BINCKHORST, INDUSTRIEGEBIED)


def haaglanden(file: Path, youths: Path) -> pd.DataFrame:
    """Wijken of the ten gemeenten, with the SCP's expected use."""
    return read_scp(file, youths).select(GEMEENTEN).wijken.join(read_scp_expected(file))


def printed(name: str) -> pd.DataFrame:
    """Give a table as the report prints it, with our names for its figures."""
    own = ["werkelijk_pct", "verwacht_pct", "verschil_procentpunt", "verschil_pct"]
    return pd.read_csv(PRINTED / f"{name}.csv").rename(columns=dict(zip(own, FIGURES, strict=True)))


def reproduced(wijken: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Make the report's tables again, by the name of their file."""
    bijlage = wijk_table(wijken, leave_out=LEFT_OUT_OF_BIJLAGE_I)
    lowest, highest = extremes_by_gemeente(bijlage)
    return {
        "tabel_1_gemeente": unweighted_gemeente_table(wijken),
        "tabel_3_wijken_negatief": wijk_table(wijken).head(10),
        "tabel_4_wijken_positief": wijk_table(wijken, leave_out=LEFT_OUT_OF_TABLE_4).tail(10)[::-1],
        "bijlage_1_tabel_i_grootste_negatief": lowest,
        "bijlage_1_tabel_ii_grootste_positief": highest,
    }


@click.command(help=__doc__)
@click.option("--file", type=Path, required=True, help="The SCP's spreadsheet.")
@click.option("--youths", type=Path, required=True, help="Numbers of youths per wijk.")
def main(file: Path, youths: Path) -> None:
    wijken = haaglanden(file, youths)
    again = reproduced(wijken)
    table = printed("tabel_1_gemeente").fillna({"gemeentecode": TOTAL}).set_index("gemeentecode")
    columns = {
        "printed": table,
        "unweighted": again["tabel_1_gemeente"],
        "weighted by youths": youth_weighted_gemeente_table(wijken),
    }
    side_by_side = pd.concat({name: part[list(FIGURES)] for name, part in columns.items()}, axis=1)
    print(side_by_side.rename(table["gemeente"]).to_string())
    for name, part in again.items():
        print(f"\n{name}\n{part.to_string()}")


if __name__ == "__main__":
    main()
