"""What the commands of Asterisk's manager and FreeSWITCH's event socket do: how they are written, and whom they call."""
