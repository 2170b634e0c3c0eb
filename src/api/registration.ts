// The second axis of a user: registered at the PBX or not. The one place that says it.
import type { RegistrationView } from './contract/users.ts';

/** Of every user the same: credentials are harvested and handed over, and nobody registers with them. */
export function registrationOf(): RegistrationView {
  return { status: 'off', at: null, reason: 'This installation does not register users at the PBX.' };
}
