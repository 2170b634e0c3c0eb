// Words of secrets that are shown once.
export const onceWords = {
  title: (label: string) => `${label}: shown this once`,
  what: 'Copy it now and keep it where only those who need it get at it. It cannot be shown again.',
  copy: (label: string) => `Copy ${lower(label)}`,
  download: 'Download',
};

/** `Recovery codes` in the middle of a sentence; names in capitals stay: `API key`. */
function lower(label: string): string {
  return /^[A-Z]{2}/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1);
}
