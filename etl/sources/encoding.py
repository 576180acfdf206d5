"""Text of a database that promises no encoding (SQL_ASCII): what is not UTF-8 is mended and told, as the mart takes UTF-8 only."""

import pyarrow as pa

from etl.quarantine import Complaints


def readable(table: pa.Table) -> tuple[pa.Table, dict[str, list[int]]]:
    """The table with U+FFFD for every wrong byte in its text, and the rows that had one, by column."""
    wrong: dict[str, list[int]] = {}
    for place, field in enumerate(table.schema):
        if not pa.types.is_string(field.type):
            continue
        try:
            table[field.name].validate(full=True)
        except pa.ArrowInvalid:
            words = table[field.name].cast(pa.binary()).to_pylist()
            read = [None if word is None else word.decode(errors="replace") for word in words]
            encoded = (now and now.encode() for now in read)
            pairs = enumerate(zip(words, encoded, strict=True))
            wrong[field.name] = [i for i, (was, now) in pairs if was and now != was]
            table = table.set_column(place, field, pa.array(read, pa.string()))
    return table, wrong


def mended(table: pa.Table, name: str, key: str, complaints: Complaints) -> pa.Table:
    """Rows of reports or events, readable; complains of each row and column that was not."""
    table, wrong = readable(table)
    for field, rows in wrong.items():
        keys, of = (table[column].take(pa.array(rows)).to_pylist() for column in (key, "report_id"))
        reason = f"{field} không phải UTF-8; ký tự sai được thay bằng “�”. Sửa tại hệ thống PAHT."
        complaints.add(name, keys, field, reason, of)
    return table
