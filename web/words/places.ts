// Words of where data and key lie.
export const placeWords = {
  title: 'Keep copies of it',
  data: 'Data directory',
  ownDatabase: 'none: the PostgreSQL of DATABASE_URL holds everything',
  key: 'Key file',
  ownKey: 'none: the key comes from a setting (PROVENDER_KEY or PROVENDER_KEY_COMMAND)',
  backUp:
    'Back up the database as any PostgreSQL. The key opens all stored passwords: keep a copy of it in another place.',
  backUpKey:
    'Back up the key file, in another place than the data: it opens all stored passwords, and without it nobody can open them again.',
} as const;
