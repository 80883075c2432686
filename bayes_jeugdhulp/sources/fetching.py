"""From StatLine to a folder: which tables a year needs, kept in a cache, written whole with their manifest.

What a folder holds
-------------------
``manifest.json``, and a folder for each series that was fetched: ``kwb``, ``jeugdzorg``, ``gebieden``, ``nabijheid``,
``rivm``, ``politie``. In each:

- ``rows.parquet``: the raw rows of the UntypedDataSet of nation, gemeenten and wijken (no buurten), one column for each
  that came, all of them text without the spaces around it. A cell holds what StatLine wrote: digits with a decimal
  point, ``.`` (unknown, insufficiently reliable or secret), ``""`` (blank), or null (JSON null). Column names carry
  StatLine's numbers (``AantalInwoners_5``), which differ between tables and between versions of one table.
- ``TableInfos.json``, ``DataProperties.json`` and one file for each dimension (``WijkenEnBuurten.json`` ...): what
  StatLine says of the table and its columns, as it came.

:func:`bayes_jeugdhulp.sources.statline_columns.read_series` gives one series of such a folder with stable names.

- ``kwb``: text ``gwb_code_10`` (``WK001400``), ``regio`` (where StatLine has a name for it), ``gm_naam``, ``recs``
  (Land, Gemeente, Wijk), ``ind_wbi``; then every column whose title, unit and parent are known, under the name it has
  in the KWB files of CBS (``a_00_14``, ``p_koopw``), as floats with NaN where the cell is ``.``, blank or null.
- ``nabijheid``, ``rivm``, ``politie``: the same first columns (as far as the table has them), then a float column for
  each measure: its KWB name where it has one, else its title in small letters with underscores, behind that of its
  parent where a title occurs twice. For ``politie`` a column for each kind of crime.
- ``jeugdzorg``: the same first columns, ``form`` (the title of the form of jeugdzorg) and ``users``: **text**, so that
  three things stay apart: digits where a count was published, ``"."`` where StatLine writes ``.`` (in these tables:
  suppressed), and ``<NA>`` where the cell is blank or null (missing). ``"0"`` is a published zero. The counts of ages
  and households stand beside it in the same way, under the names of their titles.
- ``gebieden``: text ``gemeentecode``, ``gemeentenaam``, ``jeugdzorgregio`` (``JZ09``), ``jeugdzorgregio_naam``, a row a
  gemeente.

The manifest
------------
``year``, ``fetched`` (date), ``package`` (version), ``absent`` (series without a table for the year, with the reason)
and ``tables``, one entry a series: ``series``, ``id``, ``title``, ``source``, ``attribution``, ``licence``, ``terms``
(what the table itself says of its use), ``period`` (``2022JJ00``), ``filter`` (in words of OData), ``form`` (of
jeugdzorg, else null), ``counts`` (how its counts are published: ``suppressed_below``, ``rounded_to``, ``source``, or
null where that is not known), ``modified`` (of the table), ``retrieved`` (date), ``rows`` and ``files`` (name within
the folder to SHA-256).
"""
