// provender render and provender convert: a vendor's files out of lines, or out of another vendor's file. Asks nobody.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { convertConfig } from '../../vendors/convert.ts';
import { findMacInName, parseMac } from '../../vendors/mac.ts';
import { MASK } from '../../vendors/mask.ts';
import type { VendorId } from '../../vendors/model.ts';
import { readConfig } from '../../vendors/read.ts';
import type { ToWrite } from '../../vendors/translate.ts';
import { explained } from '../../vendors/warning-text.ts';
import { type WriteResult, writeConfig } from '../../vendors/write.ts';
import { writtenConfig, writtenLine, writtenSetting } from '../intake/written-config.ts';
import { CommandFailure, type ExitCode, flag, type Given, type Io, textOption, UsageError } from './command.ts';
import { fileError, readConfigFile, readKeys, vendorOption } from './config-file.ts';
import { visible } from './text-table.ts';

/** What parse --json prints may be rendered as it is: the first file with lines, whose other members are left alone. */
const parsedFile = z.looseObject({ lines: z.array(writtenLine).min(1), settings: z.array(writtenSetting).optional() });

async function readLines(path: string): Promise<ToWrite> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new CommandFailure(`${path} cannot be read: it is no JSON.`);
    throw new CommandFailure(fileError(path, error as NodeJS.ErrnoException).message);
  }
  const list = Array.isArray(json) ? json : [json];
  const found = list.find((item) => typeof item === 'object' && item !== null && Array.isArray(item.lines));
  const result = found === undefined ? writtenConfig.safeParse({ lines: json }) : schemaOf(found).safeParse(found);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new CommandFailure(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}.`);
  }
  const { lines, settings, ...rest } = result.data as ToWrite & { file?: unknown };
  if (lines.some(({ password, ha1 }) => password === MASK || ha1 === MASK)) {
    throw new CommandFailure(`${path}: its passwords are dots. Make it with parse --json --show-secrets.`);
  }
  const own = 'vendor' in rest ? {} : { phone: rest.phone, access: rest.access };
  return { lines, ...(settings && { settings }), ...own } as ToWrite;
}

function schemaOf(found: object): typeof writtenConfig | typeof parsedFile {
  return 'vendor' in found ? parsedFile : writtenConfig;
}

/** The files on stdout: all of them as JSON, otherwise the one with the lines in it, and the names of the others. */
function show(vendor: VendorId, result: WriteResult, given: Given, io: Io): ExitCode {
  if (!result.ok) {
    io.stderr.write(`${visible(result.message)}\n`);
    return 1;
  }
  const { files, warnings } = result;
  if (flag(given, 'json')) {
    io.stdout.write(`${JSON.stringify({ vendor, files, warnings }, null, 2)}\n`);
    return 0;
  }
  const hasLines = ({ name, text }: { name: string; text: string }): boolean => {
    const read = readConfig([{ name, bytes: Buffer.from(text) }], { vendor });
    return read.kind === 'config' && read.reading.lines.length > 0;
  };
  const main = files.length === 1 ? files[0] : (files.find(hasLines) ?? files[0]);
  io.stdout.write(main.text);
  const others = files.filter((file) => file !== main).map(({ name }) => name);
  if (others.length > 0) {
    io.stderr.write(`This is ${main.name}; with --json there is also ${others.join(', ')}.\n`);
  }
  for (const warning of warnings) io.stderr.write(`warning: ${visible(explained(warning))}\n`);
  return 0;
}

function formatOption(given: Given): { format?: string } {
  const format = textOption(given, 'format');
  return format === undefined ? {} : { format };
}

export async function render(given: Given, io: Io): Promise<ExitCode> {
  const vendor = vendorOption(given, 'vendor');
  if (vendor === undefined) throw new UsageError('--vendor is missing: whose file to write.');
  const linesFile = textOption(given, 'lines');
  if (linesFile === undefined) throw new UsageError('--lines is missing: a JSON file with the lines.');
  const macText = textOption(given, 'mac');
  if (macText === undefined) throw new UsageError('--mac is missing: the MAC of the phone.');
  const mac = parseMac(macText);
  if (!mac.ok) throw new UsageError(`--mac: ${mac.message}`);
  const model = textOption(given, 'model') ?? null;
  const result = writeConfig(vendor, await readLines(linesFile), { mac: mac.mac, model, ...formatOption(given) });
  return show(vendor, result, given, io);
}

export async function convert(given: Given, io: Io): Promise<ExitCode> {
  const [path, ...more] = given.positionals;
  if (path === undefined || more.length > 0) throw new UsageError('convert needs exactly one FILE.');
  const to = vendorOption(given, 'to');
  if (to === undefined) throw new UsageError('--to is missing: whose file to write.');
  const file = await readConfigFile(path);
  if ('error' in file) throw new CommandFailure(`${path}: ${file.error.code}: ${file.error.message}`);
  const read = readConfig([{ name: basename(path), bytes: file.bytes }], {
    vendor: vendorOption(given, 'vendor'),
    keys: await readKeys(given),
  });
  if (read.kind === 'not-config') throw new CommandFailure(`${path}: ${read.reason}: ${read.message}`);
  const { reading } = read;
  if (reading.lines.length === 0) {
    const named = reading.includes.length === 0 ? '' : ` It names other files: ${reading.includes.join(', ')}.`;
    throw new CommandFailure(`${path}: there is no line in it.${named}`);
  }
  const mac = findMacInName(basename(path)) ?? undefined;
  const model = textOption(given, 'model') ?? null;
  const options = { model, ...formatOption(given), ...(mac !== undefined && { mac }) };
  return show(to, convertConfig(reading, to, options), given, io);
}
