// What must hold of a PBX's settings as a whole before they are saved; each failure names the field that was sent.
// Looks nothing up on the network.
import type { Guard } from '../../fetchers/guard.ts';
import { checkAddress, personaOf } from '../../vendors/persona.ts';
import type { PbxSettings } from '../store/pbxs.ts';
import { isKnownCountry } from '../sync/did.ts';
import { parseLineRule } from '../sync/line-rule.ts';
import type { FieldError } from './contract/problem.ts';

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
