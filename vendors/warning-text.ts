// What the warnings of a reading and of a writing mean, in words for people. A warning is a code and, behind a colon, the
// key, the field, the line's number or the file's name. Shown by the command line and listed in docs/vendors.md.

/** Code -> what it means; a test holds it to what the code can say. */
export const WARNINGS: Readonly<Record<string, string>> = {
  // ---- how the file had to be decoded
  bom: 'the file begins with a byte order mark',
  'utf-16': 'the file is UTF-16',
  'latin-1': 'the file is no UTF-8: it was read as ISO 8859-1',
  gzip: 'the file was packed with gzip',
  'control-characters': 'there are control characters in the file',
  encrypted: 'the file was encrypted and a key that was given opened it',
  'empty-file': 'this file is empty; the others count',

  // ---- what its text had
  crlf: 'the lines end in CR LF',
  'trailing-space-trimmed':
    'blanks at the end of a value were taken off: a password that ends in one is not read as such',
  'inline-comment-stripped': 'a comment behind a value was taken off: a password with " #" in it is not read as such',
  'line-not-understood': 'this line has no form that the format knows; it was passed over',
  'value-not-quoted': 'the value should stand in quotes; it was read as it is',
  'quote-in-value': 'there is a quote inside a quoted value: the phone may end the value there',
  'not-well-formed': 'the XML is damaged; it was read as far as its meaning is certain',
  'raw-ampersand': 'there is a "&" that should be "&amp;"; it was read as it is',
  'text-after-root': 'there is text behind the end of the XML; it was passed over',
  'duplicate-attribute': 'this attribute stands twice in one element',
  'markup-in-text': 'the text of this element holds a raw "<"; it was read up to the end of the element',

  // ---- what it says
  'duplicate-key': 'this key has different values; the last one counts, or that of the file that wins',
  'empty-after-value': 'this key has a value and is empty further down; the value counts',
  'value-not-understood': 'the value of this key is none that we know',
  'may-differ': 'the person at the phone may change this value, so the phone may hold another',
  'default-with-value': 'the key is marked as factory default and has a value; the value counts',
  'misplaced-key': "this key names line 1 in the block of another line; it was read as that line's",
  'line-number-too-high': 'there are lines with numbers that no phone of this maker has; they were passed over',
  'empty-line': 'this line is switched on and has no user',
  'user-with-domain': 'the user name of this line has a domain; the part before "@" was read',
  'two-ports': 'this line has a port in its address and another beside it; that of the address counts',
  'no-password': 'this line has no password in the file',
  'no-register': 'this line is there to be dialled from: the phone does not register it',
  'password-has-edge-blanks': 'the password of this line begins or ends with a blank',
  'registrar-from-user': 'this line has no registrar; the domain of its user name was taken',
  'registrar-unset-using-proxy': 'this line has no registrar; its proxy was taken',

  // ---- files that name others, scripts
  'include-for-models': 'a further file is meant for these models only',
  'variable-not-known': 'the name of a further file has a variable that we do not know',
  'sections-for-models': 'the file has a part for each model: name the model',
  'self-include': 'the file asks for itself',
  'condition-unknown': 'the script asks for this value, which is not known; it was taken as different',
  'jump-to-nowhere': 'the script jumps to this mark, which is not there; it ends here',
  'script-does-not-end': 'the script runs in a circle; it was stopped',

  // ---- writing
  'not-written': 'the format has no place for it that we know: it is not in the file',
  'written-as-near': 'the format has no exact word for it: the nearest was written',
  'access-not-written': 'the format cannot say who may change it',
};

/** A warning and its sentence in one line. */
export function explained(warning: string): string {
  const code = warning.split(':', 1)[0] ?? '';
  return Object.hasOwn(WARNINGS, code) ? `${warning} (${WARNINGS[code]})` : warning;
}
