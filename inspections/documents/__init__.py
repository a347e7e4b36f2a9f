"""Official papers: content in, bytes out.

A paper's module turns its facts into a `content.Document`, and `layout` sets that by Nghị định
30/2020/NĐ-CP as PDF. Nothing here reads the database, the clock or the settings: equal content and
equal fonts give equal bytes. Texts on the papers are Vietnamese.
"""
