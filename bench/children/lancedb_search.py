"""Search texts with lancedb alone: `make FOLDER FILE` of JSON lines, then `search FOLDER WORDS`."""

import json
import os
import sys
from pathlib import Path

os.environ["LANCEDB_LOG"] = "error"
import lancedb

what, folder, given = sys.argv[1:]
database = lancedb.connect(folder)
if what == "make":
    rows = [{"text": json.loads(line)} for line in Path(given).read_text("utf-8").splitlines()]
    database.create_table("texts", rows).create_fts_index("text")
else:
    found = database.open_table("texts").search(given, query_type="fts").limit(10).to_list()
    for hit in found:
        print(hit["text"].splitlines()[0])
