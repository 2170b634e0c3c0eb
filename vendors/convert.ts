// From one vendor's configuration to another's: what the lines say must come over, the rest as far as the other has a place.
import type { Mac } from './mac.ts';
import type { FunctionKey, LineSetting, PhoneFacts, PhoneSettings, VendorId } from './model.ts';
import type { Reading } from './read.ts';
import type { ToWrite } from './translate.ts';
import { type WriteOptions, type WriteResult, writeConfig } from './write.ts';

/** Of use to the old maker's phones only: addresses of their files, and notations that no other has. */
const OWN_TO_A_VENDOR: ReadonlySet<keyof PhoneFacts> = new Set([
  'firmwareUrl',
  'languageFileUrl',
  'toneFileUrl',
  'logoUrl',
  'dialPlan',
  'numberReplacements',
]);

/**
 * Writes what was read as another vendor's files. A line that cannot be carried is refused; a setting beside it is left
 * out, with the warning `not-written:<field>`.
 */
export function convertConfig(reading: Reading, to: VendorId, options: WriteOptions = {}): WriteResult {
  const mac: Mac | undefined = options.mac ?? (reading.macs.length === 1 ? reading.macs[0] : undefined);
  const target: WriteOptions = { ...options, ...(mac !== undefined && { mac }) };
  const { lines } = reading;
  const bare = writeConfig(to, { lines }, target);
  if (!bare.ok) return bare;

  const warnings: string[] = [];
  const fits = (part: Omit<ToWrite, 'lines'>, name: string): boolean => {
    const result = writeConfig(to, { lines, ...part }, target);
    const isNew = (warning: string) => warning.startsWith('not-written:') && !bare.warnings.includes(warning);
    if (result.ok && !result.warnings.some(isNew)) return true;
    warnings.push(`not-written:${name}`);
    return false;
  };
  const settings: LineSetting[] = reading.settings
    .map(({ access: _, ...setting }) => setting)
    .filter((setting) => fits({ settings: [setting] }, `${setting.name}:${setting.line}`));
  const { functionKeys = [], ...facts } = reading.phone().phone;
  const phone = Object.fromEntries(
    Object.entries(facts).filter(([field, value]) => {
      if (!OWN_TO_A_VENDOR.has(field as keyof PhoneFacts)) return fits({ phone: { [field]: value } }, field);
      warnings.push(`not-written:${field}`);
      return false;
    }),
  ) as PhoneSettings;
  const keys = functionKeys.filter((key) =>
    fits({ phone: { functionKeys: [key] } }, `functionKeys.${key.module === 0 ? '' : `${key.module}.`}${key.key}`),
  );
  const write = (settings: readonly LineSetting[], functionKeys: readonly FunctionKey[]) =>
    writeConfig(to, { lines, settings, phone: { ...phone, ...(functionKeys.length > 0 && { functionKeys }) } }, target);
  let result = write(settings, keys);
  if (!result.ok) {
    // Each fits, not all of them together: two lines differ in what this vendor has one key for.
    const kept: LineSetting[] = [];
    for (const setting of settings) {
      if (write([...kept, setting], []).ok) kept.push(setting);
      else warnings.push(`not-written:${setting.name}:${setting.line}`);
    }
    result = write(kept, keys);
  }
  return result.ok ? { ...result, warnings: [...new Set([...warnings, ...result.warnings])] } : result;
}
