"""Reads one workbook in a process of its own and writes its rows, pickled, to standard output.

calamine lays a sheet out as one block of memory and aborts its process when that fails, without an
exception. Here only this process dies. Run as a script, not imported: it needs nothing of the project.

    python workbook_process.py FILE            writes [(sheet, is visible)]
    python workbook_process.py FILE SHEET      writes the height, then lists of rows, then None
"""

import itertools
import pickle
import resource
import sys

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MOST_MEMORY = 1 << 30
ROWS_AT_ONCE = 2000
PASSWORD_PROTECTED = 3
DAMAGED = 4


def main(path: str, *sheets: str) -> None:
    """Write what was asked for."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    workbook = CalamineWorkbook.from_path(path)
    if not sheets:
        answer = [
            (sheet.name, sheet.visible == SheetVisibleEnum.Visible)
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]
        pickle.dump(answer, sys.stdout.buffer)
        return
    sheet = workbook.get_sheet_by_name(sheets[0])
    rows = sheet.iter_rows()
    pickle.dump(sheet.total_height, sys.stdout.buffer)
    while batch := list(itertools.islice(rows, ROWS_AT_ONCE)):
        pickle.dump(batch, sys.stdout.buffer, protocol=5)
    pickle.dump(None, sys.stdout.buffer)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except PasswordError:
        sys.exit(PASSWORD_PROTECTED)
    except BrokenPipeError:
        sys.stdout = None  # the reader has had enough
    except BaseException:  # noqa: BLE001  a panic of the library is no Exception; nothing outlives it here
        sys.exit(DAMAGED)
