// Words that many screens say: buttons, states, troubles.
export const commonWords = {
  retry: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  save: 'Save',
  saved: 'Saved.',
  remove: 'Remove',
  delete: 'Delete',
  copy: 'Copy',
  copied: 'Copied',
  loading: 'Loading',
  loadingMore: 'Loading more',
  dismiss: 'Dismiss',
  none: 'none',
  never: 'never',
  unknown: 'unknown',
  yes: 'Yes',
  no: 'No',
  filter: 'Filter',
  clearFilters: 'Clear filters',
  columns: 'Columns',
  selectAll: 'Select all that are loaded',
  selectRow: (name: string) => `Select ${name}`,
  sortBy: (name: string) => `Sort by ${name}`,
  rowsAbout: (shown: number, about: number | null) =>
    about === null || about <= shown
      ? count(shown, 'row')
      : `${count(shown, 'row')} of about ${about.toLocaleString('en')}`,
  nothingMatches: 'Nothing matches these filters',
  trouble: 'This could not be loaded',
  failed: 'That did not work',
  requestId: 'Request',
  openAgain: 'Open it again',
  justNow: 'just now',
  passwordAgain: 'Your password again',
  passwordAgainWhy: 'This needs a sign-in of the last 10 minutes.',
  password: 'Password',
  confirm: 'Confirm',
  typeToConfirm: (word: string) => `Type ${word} to confirm`,
  changedMeanwhile: 'Somebody else changed it meanwhile',
  changedMeanwhileWhat: 'What you see is out of date. Load what is there now; what you typed stays below until you do.',
  loadCurrent: 'Load what is there now',
} as const;

/** `1 user`, `2 users`, `12,304 users`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
