// Words that many screens say: buttons, states, troubles.
const sizes = (bytes: number): string =>
  bytes < 1024
    ? `${bytes} bytes`
    : bytes < 1024 * 1024
      ? `${(bytes / 1024).toFixed(1)} KiB`
      : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

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
  pbx: 'PBX',
  tenant: 'Tenant',
  clearFilters: 'Clear filters',
  clearOne: (name: string) => `Clear ${name}`,
  searchIn: (name: string) => `Search in ${name}`,
  searchChoices: 'Search',
  nothingToChoose: 'Nothing found',
  columns: 'Columns',
  columnsShown: 'Columns that are shown',
  views: 'Views',
  noViews: 'None is saved yet. A view keeps filters and order under a name.',
  saveView: 'Save this view',
  saveViewWhat: 'Keeps the filters and the order of now under a name. Only you see it.',
  viewName: 'Name of the view',
  viewSaved: (name: string) => `The view ${name} is saved.`,
  viewRemoved: (name: string) => `The view ${name} is removed.`,
  removeView: (name: string) => `Remove the view ${name}`,
  selectAll: 'Select all that are loaded',
  selectRow: (name: string) => `Select ${name}`,
  sortBy: (name: string) => `Sort by ${name}`,
  rowsAndMore: (shown: number) => `${count(shown, 'row')} and more`,
  rowsAbout: (shown: number, about: number | null) =>
    about === null || about <= shown
      ? count(shown, 'row')
      : `${count(shown, 'row')} of about ${about.toLocaleString('en')}`,
  leaveTitle: 'Leave without saving?',
  leaveText: (names: readonly string[]) =>
    names.length === 0 ? 'What you typed is not saved.' : `Not saved: ${names.join(', ')}.`,
  leave: 'Leave',
  stay: 'Stay here',
  newOnes: (number: number): string => `${number.toLocaleString('en')} new`,
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
  sizes,
  tooLarge: (bytes: number, most: number) => `The file has ${sizes(bytes)}; ${sizes(most)} are the most. Split it.`,
} as const;

/** `1 user`, `2 users`, `12,304 users`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
