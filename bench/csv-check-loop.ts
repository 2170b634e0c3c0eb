// Reading a CSV and judging each of its rows as an upload does, in the rules' whole length; nothing is kept of them.
import { createReadStream } from 'node:fs';
import { createCellReader, createRowChecker } from '../src/intake/check-rows.ts';
import { readCsvStream } from '../src/intake/csv.ts';
import { cpuSeconds } from './figure.ts';

const [file = ''] = process.argv.slice(2);
const pbx = {
  id: '0199c2f0-0000-7000-8000-000000000001',
  name: 'Bench',
  autoProvision: true,
  autoAssignMac: false,
  pseudoMacOui: null,
  country: null,
  host: 'acme.example',
};
const checker = createRowChecker({
  pbxs: [pbx],
  voiceRoutes: [],
  pbxId: pbx.id,
  voiceRouteId: null,
  userType: 'pbx',
  existing: 'error',
  createMissing: true,
});
const cpuBefore = cpuSeconds();
const begun = performance.now();
let read = createCellReader([]);
let good = 0;
const end = await readCsvStream(createReadStream(file), {
  head({ columns }) {
    read = createCellReader(columns);
  },
  rows(rows) {
    for (const { number, cells, problems } of rows) {
      const row = checker.read({ number, cells: read(cells), fileProblems: problems });
      if (checker.check(row).action === 'create') good += 1;
    }
  },
});
if (!end.ok || good !== end.rowCount) throw new Error('rows of the bench are taken for wrong');
process.stdout.write(
  `${JSON.stringify({ cpu: cpuSeconds() - cpuBefore, seconds: (performance.now() - begun) / 1000, rows: good })}\n`,
);
