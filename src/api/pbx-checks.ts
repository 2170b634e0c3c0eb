// What must hold of a PBX's settings as a whole before they are saved; each failure names the field that was sent.
// Looks nothing up on the network.
import type { Guard } from '../../fetchers/guard.ts';
import { checkAddress, personaOf } from '../../vendors/persona.ts';
import type { Pbx, PbxChanges, PbxSettings } from '../store/pbxs.ts';
import { isKnownCountry } from '../sync/did.ts';
import { parseLineRule } from '../sync/line-rule.ts';
import { type ServerChange, whatMakesAnother } from '../sync/same-server.ts';
import type { FieldError } from './contract/problem.ts';

/**
 * What is stored was given for one server. Before it is sent to another one (another origin, or the same name vouched for by
 * another certificate), whoever changes that shows that they have it: they give it anew, or take it away. A CA that is
 * taken away leaves the public ones, which vouch for the name: that asks for nothing.
 * @param userPasswords users with a provisioning password of their own, which would go to the new server too
 */
export function checkSecretsStay(
  pbx: Pick<Pbx, 'provisioningUrl' | 'pinSha256' | 'caPem' | 'passwordSet' | 'clientCertPem'>,
  changes: PbxChanges,
  userPasswords: number,
): FieldError[] {
  const field = whatMakesAnother(pbx, changes);
  if (field === null) return [];
  const what = WHAT[field];
  const errors: FieldError[] = [];
  if (pbx.passwordSet && changes.password === undefined) {
    errors.push({
      pointer: '#/body/password',
      code: 'PASSWORD_AGAIN',
      detail: `${what}, and the stored password was given for the server before. Send the password again, or null to remove it.`,
    });
  }
  if (pbx.clientCertPem !== null && changes.client === undefined) {
    errors.push({
      pointer: `#/body/${field}`,
      code: 'CLIENT_KEY_AGAIN',
      detail: `${what}, and the stored client key was given for the server before. ${field === 'caPem' ? 'Send the client certificate and its key with the same request.' : 'Delete the client certificate (DELETE /pbxs/{id}/certificates) first, and upload it again afterwards.'}`,
    });
  }
  if (userPasswords > 0) {
    errors.push({
      pointer: '#/query/userPasswords',
      code: 'USER_PASSWORDS_AGAIN',
      detail: `${what}, and ${userPasswords} ${userPasswords === 1 ? 'user has a provisioning password' : 'users have provisioning passwords'} of their own, given for the server before. Say userPasswords=forget to remove them, and give them again.`,
    });
  }
  return errors;
}

const WHAT: Readonly<Record<ServerChange, string>> = {
  provisioningUrl: 'The Provisioning Server URL names another server',
  pinSha256: 'Another certificate is pinned, or none',
  caPem: 'Another CA vouches for the server',
};

/** @param sent names of the body's fields: an error points at one of them where it can */
export function checkPbx(
  guard: Guard,
  pbx: PbxSettings & { readonly passwordSet: boolean },
  sent: ReadonlySet<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  const add = (fields: readonly string[], code: string, detail: string) => {
    const field = fields.find((name) => sent.has(name)) ?? fields[0];
    errors.push({ pointer: `#/body/${field}`, code, detail });
  };

  // Without an address autoProvision may be on all the same: files of the PBX can be uploaded.
  if (pbx.provisioningUrl !== null && (sent.has('provisioningUrl') || sent.has('persona'))) {
    const address = checkAddress(pbx.provisioningUrl, {
      vendor: personaOf(pbx.personaVendor, null),
      model: pbx.personaModel,
      phoneType: pbx.personaPhoneType,
      firmwareVersion: pbx.personaFirmwareVersion,
      userAgent: pbx.personaUserAgent,
    });
    if (!address.ok) add(['provisioningUrl', 'persona'], address.code, address.message);
    else {
      const refusal = guard.checkUrl(new URL(pbx.provisioningUrl));
      if (refusal) add(['provisioningUrl'], refusal.code, refusal.message);
    }
  }
  if (pbx.provisioningUrl !== null && /^http:/i.test(pbx.provisioningUrl) && pbx.passwordSet && !pbx.allowPlainHttp) {
    add(
      ['provisioningUrl', 'password', 'allowPlainHttp'],
      'PLAIN_HTTP_REFUSED',
      'The password would cross the network readable. Use https, or set allowPlainHttp for this PBX.',
    );
  }
  if (pbx.passwordSet && pbx.username === null) {
    add(['username', 'password'], 'required', 'A password needs the user name that goes with it.');
  }
  if (sent.has('lineRule')) {
    const rule = parseLineRule(pbx.lineRule);
    if (!rule.ok) add(['lineRule'], 'LINE_RULE_INVALID', rule.message);
  }
  if (pbx.country !== null && sent.has('country') && !isKnownCountry(pbx.country)) {
    add(['country'], 'COUNTRY_UNKNOWN', `${pbx.country} is not a country whose numbers are known.`);
  }
  if (sent.has('allowedOrigins')) {
    for (const [index, origin] of pbx.allowedOrigins.entries()) {
      const refusal = guard.checkUrl(new URL(origin));
      if (refusal)
        errors.push({ pointer: `#/body/allowedOrigins/${index}`, code: refusal.code, detail: refusal.message });
    }
  }
  return errors;
}
