// Yealink reading against the `ini` library on the same text in the same run. Ratio = ini's CPU time / ours; more is better.
import { parse } from 'ini';
import { keyValue } from '../parsers/key-value.ts';
import { readConfig } from '../vendors/read.ts';
import { cpuSeconds, type Figure, shareOf } from './figure.ts';

const LINES = 1000;
const ROUNDS = 7;
const RUNS = 200;

/** A file as servers send it: 16 accounts, comments, line keys, and settings of the whole phone. */
function sampleText(): string {
  const rows = ['#!version:1.0.0.1'];
  for (let account = 1; account <= 16; account += 1) {
    rows.push(
      `## account ${account}`,
      `account.${account}.enable = 1`,
      `account.${account}.label = 202555010${account % 10}`,
      `account.${account}.display_name = Example ${account}`,
      `account.${account}.auth_name = ${1000 + account}`,
      `account.${account}.user_name = ${1000 + account}`,
      `account.${account}.password = Kx7plainSecret${account}`,
      `account.${account}.sip_server.1.address = pbx.example.com`,
      `account.${account}.sip_server.1.port = 5061`,
      `account.${account}.sip_server.1.transport_type = 2`,
      `account.${account}.codec.pcmu.enable = 1`,
      `account.${account}.codec.pcmu.priority = 1`,
    );
  }
  for (let key = 1; rows.length < LINES; key += 1) {
    rows.push(
      `linekey.${key}.type = 16`,
      `linekey.${key}.label = Example ${key}`,
      `features.sample_${key}.mode = ${key % 4}`,
    );
  }
  return rows.slice(0, LINES).join('\n');
}

function cpuOf(run: () => void): number {
  const before = cpuSeconds();
  for (let count = 0; count < RUNS; count += 1) run();
  return (cpuSeconds() - before) / RUNS;
}

/** The median of several rounds, in each of which both sides run in turn. Takes about five seconds. */
export function benchYealink(): Figure[] {
  const text = sampleText();
  const files = [{ name: 'sample.cfg', bytes: Buffer.from(text) }];
  const ini = (): void => void parse(text);
  // With all fields and warnings, which are gathered only when somebody looks at them.
  const readAll = (): void => {
    const result = readConfig(files);
    if (result.kind === 'config') void [result.reading.fields, result.reading.warnings];
  };
  const sides = [
    { name: 'yealink-parse-vs-ini', what: 'text to entries', run: () => void keyValue.parse(text) },
    { name: 'yealink-read-vs-ini', what: 'bytes to lines, settings, fields and warnings', run: readAll },
  ];
  for (const run of [ini, ...sides.map((side) => side.run)]) cpuOf(run);
  return sides.map(({ name, what, run }) => {
    const rounds = Array.from({ length: ROUNDS }, () => ({ ours: cpuOf(run), bare: cpuOf(ini) }));
    const ratios = rounds.map(({ ours, bare }) => shareOf(bare, Math.max(ours, Number.EPSILON))).sort((a, b) => a - b);
    const best = Math.min(...rounds.map(({ ours }) => ours));
    return {
      name,
      ratio: ratios[ROUNDS >> 1] ?? Number.NaN,
      aim: 1,
      better: 'higher' as const,
      detail: `${what}, ${LINES} lines: ${(best * 1000).toFixed(2)} ms of CPU`,
    };
  });
}
