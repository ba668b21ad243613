"""Guards on the wire: they stand between any client and the switch, and answer a denial in the protocol's own words."""
