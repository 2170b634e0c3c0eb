// `npm run bench [-- --json]`: a line per figure, our work against the bare limit of the same run. Never a lone time.
import { type Figure, isMet, lineOf } from './figure.ts';
import { benchCurlLoop, benchGrowth, benchHarvest } from './harvest.ts';
import { benchImports } from './imports.ts';
import { benchVendors } from './vendors.ts';
import { benchYealink } from './yealink.ts';

const figures: Figure[] = [];
const json = process.argv.includes('--json');
for (const bench of [benchYealink, benchVendors, benchHarvest, benchGrowth, benchCurlLoop, benchImports]) {
  for (const figure of await bench()) {
    figures.push(figure);
    if (!json) console.log(lineOf(figure));
  }
}
if (json)
  console.log(
    JSON.stringify(
      figures.map((figure) => ({ ...figure, ok: isMet(figure) })),
      null,
      2,
    ),
  );
