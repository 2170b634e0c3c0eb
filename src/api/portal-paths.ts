// The first part of every address of the portal (web/router.tsx; a test compares them): there the server gives the page. At any
// other address the page, which then says that there is none, comes with status 404.
export const PORTAL_PATHS: readonly string[] = [
  'setup',
  'sign-in',
  'reset',
  'invite',
  'why',
  'pbxs',
  'users',
  'voice-routes',
  'imports',
  'activity',
  'members',
  'api-keys',
  'webhooks',
  'audit',
  'tenants',
  'settings',
  'account',
];
