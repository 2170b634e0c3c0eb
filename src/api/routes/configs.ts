// Handlers of vendors and of configuration files on the spot.
import { convertConfig } from '../../../vendors/convert.ts';
import { findMacInName, parseMac } from '../../../vendors/mac.ts';
import { maskLine } from '../../../vendors/mask.ts';
import type { VendorId } from '../../../vendors/model.ts';
import { type Reading, readConfig } from '../../../vendors/read.ts';
import { VENDORS } from '../../../vendors/registry.ts';
import type { ToWrite } from '../../../vendors/translate.ts';
import { type WriteResult, writeConfig } from '../../../vendors/write.ts';
import type { configContract } from '../contract/configs.ts';
import type { Handlers } from '../handlers.ts';
import { invalid } from '../problem.ts';

interface SentFile {
  readonly name: string;
  readonly text?: string | undefined;
  readonly base64?: string | undefined;
  readonly vendor?: VendorId | undefined;
  readonly key?: string | undefined;
}

/** What the file says, or 422 with the reason code. */
function readSent({ name, text, base64, vendor, key }: SentFile): Reading {
  const bytes = text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text);
  const read = readConfig([{ name, bytes }], { vendor, keys: key === undefined ? [] : [key] });
  if (read.kind === 'config') return read.reading;
  const pointer = text === undefined ? '#/body/base64' : '#/body/text';
  throw invalid([{ pointer, code: read.reason, detail: read.message }]);
}

function answer(vendor: VendorId, result: WriteResult) {
  if (!result.ok) throw invalid([{ pointer: '#/body', code: 'cannot-write', detail: result.message }]);
  return { body: { vendor, files: result.files.map((file) => ({ ...file })), warnings: [...result.warnings] } };
}

export function configRoutes(): Handlers<typeof configContract> {
  return {
    async listVendors() {
      const items = VENDORS.map(({ id, name, formats, didFields, models }) => ({
        id,
        name,
        reads: formats.map((format) => format.id),
        writes: formats.filter(({ writer }) => writer !== null).map((format) => format.id),
        didFields: [...didFields],
        models: models.map(({ id, lines, keys, modules, keysPerModule }) => ({
          id,
          lines,
          keys,
          modules,
          keysPerModule,
        })),
      }));
      return { body: { items } };
    },

    async parseConfig({ body }) {
      const { vendor, format, lines, fields, includes, warnings } = readSent(body);
      return {
        body: {
          vendor,
          format,
          lines: body.showSecrets ? lines : lines.map(maskLine),
          fields: { ...fields },
          includes,
          warnings,
        },
      };
    },

    async renderConfig({ body }) {
      const { vendor, mac: macText, model, format, ...config } = body;
      const mac = parseMac(macText);
      if (!mac.ok) throw invalid([{ pointer: '#/body/mac', code: mac.code, detail: mac.message }]);
      return answer(vendor, writeConfig(vendor, config as ToWrite, { mac: mac.mac, model, ...(format && { format }) }));
    },

    async convertConfig({ body }) {
      const reading = readSent(body);
      if (reading.lines.length === 0) {
        throw invalid([{ pointer: '#/body', code: 'no-line', detail: 'There is no line in this file.' }]);
      }
      const mac = findMacInName(body.name);
      const { model, format } = body;
      const options = { model, ...(format && { format }), ...(mac !== null && { mac }) };
      return answer(body.to, convertConfig(reading, body.to, options));
    },
  };
}
