// Whose dialect a text is: the vendors' own marks first, then the names of dialects that we know but do not read yet.
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
  const names = VENDORS.map(({ name }) => name).join(', ');
  if (other === null && body.shape.kind === 'unknown') {
    return {
      kind: 'not-config',
      reason: 'BODY_NOT_CONFIG',
      message:
        'The server answered with text that is no phone configuration: open the address in a browser and look at what it says.',
    };
  }
  return {
    kind: 'not-config',
    reason: 'PARSE_DIALECT_UNKNOWN',
    message:
      other === null
        ? `The file is text, but no configuration that we know: we read ${names}.`
        : `The file looks like a configuration for ${other}, which is not read yet: we read ${names}.`,
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

/** Root elements in lower case. Several vendors share some. */
const XML_DIALECTS: Readonly<Record<string, string>> = {};

const TEXT_DIALECTS: readonly (readonly [RegExp, string])[] = [
  [/^\[ ?cfg:\//m, 'Yealink phones of the very first firmware'],
];

function otherDialect(body: TextBody): string | null {
  const { shape } = body;
  if (shape.kind === 'xml') {
    const root = shape.root.toLowerCase();
    return Object.hasOwn(XML_DIALECTS, root) ? (XML_DIALECTS[root] ?? null) : UNKNOWN_XML;
  }
  return TEXT_DIALECTS.find(([mark]) => mark.test(body.text))?.[1] ?? null;
}
