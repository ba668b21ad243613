"""The states of the United States by every name that phonenumbers' geodata have for them."""

from __future__ import annotations

_ROWS = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC Washington D.C.|FL Florida
GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland
MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire
NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania
RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington State
WV West Virginia|WI Wisconsin|WY Wyoming
"""

NAMES: dict[str, str] = {}
for _row in _ROWS.strip().replace("\n", "|").split("|"):
    _code, _, _name = _row.partition(" ")
    NAMES[_code] = NAMES[_name] = f"US-{_code}"
