// Words for what somebody else saved first.
export const changedWords = {
  what: 'What you typed is still in the form. Choose which of the two is to stay.',
  differences: 'Differences',
  field: 'Field',
  now: 'There now',
  yours: 'Yours',
  take: 'Take what is there now',
  overwrite: 'Save mine over it',
} as const;
