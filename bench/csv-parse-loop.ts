// The bare limit of reading a CSV: csv-parse over the file, nothing made of its rows.
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { cpuSeconds } from './figure.ts';

const [file = ''] = process.argv.slice(2);
const cpuBefore = cpuSeconds();
const begun = performance.now();
let rows = 0;
for await (const _ of createReadStream(file).pipe(parse())) rows += 1;
process.stdout.write(
  `${JSON.stringify({ cpu: cpuSeconds() - cpuBefore, seconds: (performance.now() - begun) / 1000, rows })}\n`,
);
