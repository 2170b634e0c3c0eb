// provender mac: pseudo-MACs to be used by hand, for a PBX that is to know them before we do.
