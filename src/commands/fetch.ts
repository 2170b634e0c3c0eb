// provender fetch: asks a provisioning server for one phone, once, as the harvest would, and shows what it answered.
import { createHttpFetcher } from '../../fetchers/http.ts';
import { formatMac, type Mac, parseMac } from '../../vendors/mac.ts';
import { askPhone } from './ask-phone.ts';
import { type ExitCode, flag, type Given, type Io, textOption, UsageError } from './command.ts';
import { type FetchSetup, InputFailure, readFetchSetup } from './fetch-options.ts';
import { withNextStep } from './next-step.ts';
import { readingJson, readingText } from './show-reading.ts';
import { visible } from './text-table.ts';

interface Told {
  readonly json: object;
  readonly text: readonly string[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

function readMac(given: Given): Mac {
  const text = textOption(given, 'mac');
  if (text === undefined) throw new UsageError('--mac is missing: the MAC of the phone, in any spelling.');
  const parsed = parseMac(text);
  if (!parsed.ok) throw new UsageError(`--mac: ${parsed.message}`);
  return parsed.mac;
}

async function ask(given: Given, setup: FetchSetup, mac: Mac): Promise<Told> {
  const showSecrets = flag(given, 'show-secrets');
  const fetcher = createHttpFetcher(setup.fetcher);
  const about = { url: setup.template, mac: formatMac(mac, 'plain') };
  try {
    const result = await askPhone({
      fetch: fetcher.fetch,
      template: setup.template,
      persona: setup.persona,
      mac,
      login: setup.login,
      allowedOrigins: [],
    });
    switch (result.kind) {
      case 'gathered': {
        const json = readingJson(result.reading, showSecrets);
        const warnings = [...json.warnings];
        const others = result.reading.macs;
        if (others.length > 0 && !others.includes(mac)) {
          warnings.push(
            `The file names another device: ${others.map((other) => formatMac(other, 'colon')).join(', ')}.`,
          );
        }
        return {
          json: { ...about, ...json, warnings: [...warnings, ...setup.warnings] },
          text: readingText(result.url, { ...result.reading, warnings }, showSecrets),
          errors: [],
          warnings: setup.warnings,
        };
      }
      case 'failure': {
        const message = withNextStep(given, result.code, result.message);
        if (!result.notConfig) return told(about, result.code, message);
        return {
          json: { ...about, notConfig: true, reason: result.code },
          text: [],
          errors: [`${result.code}: ${message}`],
          warnings: setup.warnings,
        };
      }
    }
  } finally {
    fetcher.close();
  }
}

function told(about: object, code: string, message: string): Told {
  return { json: { ...about, error: { code, message } }, text: [], errors: [`${code}: ${message}`], warnings: [] };
}

async function prepareAndAsk(given: Given, mac: Mac): Promise<Told> {
  try {
    return await ask(given, await readFetchSetup(given), mac);
  } catch (error) {
    if (!(error instanceof InputFailure)) throw error;
    return told({ url: textOption(given, 'url'), mac: formatMac(mac, 'plain') }, error.code, error.message);
  }
}

export async function fetchOne(given: Given, io: Io): Promise<ExitCode> {
  if (textOption(given, 'url') === undefined) {
    throw new UsageError('--url is missing: the address of the provisioning server.');
  }
  const { json, text, errors, warnings } = await prepareAndAsk(given, readMac(given));
  if (flag(given, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else if (text.length > 0) io.stdout.write(`${text.join('\n')}\n`);
  for (const warning of warnings) io.stderr.write(`warning: ${visible(warning)}\n`);
  for (const error of errors) io.stderr.write(`${visible(error)}\n`);
  return errors.length === 0 ? 0 : 1;
}
