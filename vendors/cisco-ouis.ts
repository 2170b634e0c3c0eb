/** Prefixes of Cisco and Linksys. They are dealt out over both families of phones: User-Agent and path tell those apart. */
export const CISCO_OUIS: readonly string[] = [
  '000e08',
  '000625',
  '00045a',
  '001873',
  'a44c11',
  '30e4db',
  '002155',
  '68efbd',
  '8843e1',
  '00562b',
];
