// Whose dialect a text is, by the vendors' own marks; and the names of dialects that we know and do not read.
import type { NotConfig, TextBody } from '../parsers/sniff.ts';
import type { VendorId } from './model.ts';
import { VENDORS } from './registry.ts';
import type { Certainty, Format, Vendor } from './vendor.ts';

export interface Dialect {
  readonly kind: 'dialect';
  readonly vendor: Vendor;
  readonly format: Format;
}

/** With `wanted` the text is taken for that vendor's as long as nothing speaks against it. */
export function findDialect(body: TextBody, wanted?: VendorId): Dialect | NotConfig {
  const vendors = wanted === undefined ? VENDORS : VENDORS.filter(({ id }) => id === wanted);
  const sure = findFormat(vendors, body, 'sure');
  if (sure !== null) return sure;
  const other = otherDialect(body);
  const speaksAgainst = other !== null && other !== UNKNOWN_XML;
  const likely = !speaksAgainst && wanted !== undefined ? findFormat(vendors, body, 'likely') : null;
  if (likely !== null) return likely;
  if (other === null && body.shape.kind === 'unknown') {
    return {
      kind: 'not-config',
      reason: 'BODY_NOT_CONFIG',
      message:
        'The file is text that is no phone configuration: open it, or the address that it comes from, and look at what it says.',
    };
  }
  return {
    kind: 'not-config',
    reason: 'PARSE_DIALECT_UNKNOWN',
    message:
      other === null
        ? `The file is text, but no configuration of the ${VENDORS.length} makers that are read: check that it is the right file, or set the vendor.`
        : `The file looks like a configuration for ${other}, which is not read: check that it is the right file.`,
  };
}

function findFormat(vendors: readonly Vendor[], body: TextBody, least: Certainty): Dialect | null {
  for (const vendor of vendors) {
    const format = vendor.formats.find(({ recognise }) => recognise(body) === least);
    if (format !== undefined) return { kind: 'dialect', vendor, format };
  }
  return null;
}

const UNKNOWN_XML = 'another system (XML)';

const TEXT_DIALECTS: readonly (readonly [RegExp, string])[] = [
  [/^\[ ?cfg:\//m, 'Yealink phones of the very first firmware'],
];

function otherDialect(body: TextBody): string | null {
  if (body.shape.kind === 'xml') return UNKNOWN_XML;
  return TEXT_DIALECTS.find(([mark]) => mark.test(body.text))?.[1] ?? null;
}
