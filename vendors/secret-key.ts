// Whether a key's name says that its value is a secret. Knows no vendor; vendors add the names that no word gives away.

/** Words of a key, not parts of words: `pass` hides `prov.pass` but not `features.passthrough`. */
const SECRET_WORDS =
  /(?:^|[^a-z0-9])(?:[a-z0-9]*password\d*|passwd|passwort|passphrase|pass|passcode|pwd|pswd|pw|secret|psk|pin|pincode|token|credentials?|aes|md5|ha1|private)(?:$|[^a-z0-9])|(?:^|[^a-z0-9])key(?:\.\d+)?$/i;

export function secretWord(key: string): boolean {
  return SECRET_WORDS.test(key);
}

/** Keys that are remembered: those of a few firmware versions, and a bound on what a hostile file can fill. */
const MOST_REMEMBERED = 20_000;
const LONGEST_REMEMBERED = 200;

/** Phones of a kind have the same keys: what was found out for one is not found out again for the next. */
export function rememberKeys(isSecret: (key: string) => boolean): (key: string) => boolean {
  const known = new Map<string, boolean>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = isSecret(key);
    if (known.size >= MOST_REMEMBERED) known.clear();
    // A copy: the key may be a view into the text of the whole file, which would be kept with it.
    if (key.length <= LONGEST_REMEMBERED) known.set(Buffer.from(key).toString(), found);
    return found;
  };
}

/** True for a URL that carries a login (`http://user:password@host/`), which is a secret whatever its key is called. */
export function hasLogin(value: string): boolean {
  const scheme = value.indexOf('://');
  if (scheme === -1) return false;
  const at = value.indexOf('@', scheme);
  if (at === -1) return false;
  const slash = value.indexOf('/', scheme + 3);
  return slash === -1 || at < slash;
}
