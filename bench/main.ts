// `npm run bench [-- NAME...] [-- --json]`: a line per figure, our work against the bare limit of the same run.
import { type Figure, isMet, lineOf } from './figure.ts';
import { benchCurlLoop, benchGrowth, benchHarvest } from './harvest.ts';
import { benchImports } from './imports.ts';
import { benchVendors } from './vendors.ts';
import { benchYealink } from './yealink.ts';

const BENCHES = {
  yealink: benchYealink,
  vendors: benchVendors,
  harvest: () => benchHarvest(),
  growth: benchGrowth,
  'curl-loop': () => benchCurlLoop(),
  imports: benchImports,
} as const satisfies Record<string, () => Figure[] | Promise<Figure[]>>;

const json = process.argv.includes('--json');
const asked = process.argv.slice(2).filter((word) => word !== '--json');
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
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
